package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// gateway is "countersign serve" as a process of its own, with the mail server
// and the marketplace that it talks to.
type gateway struct {
	base     string // its public URL
	apiKey   string // of the one marketplace
	database string
	mail     *mailServer
	hooks    *receiver
	cmd      *exec.Cmd
	exited   chan struct{} // closed when it has, for whatever reason
	log      string        // file
}

// configuration is that of a node as it comes; its policy is the bench's own.
const configuration = `public_url: %s
listen: %s
database: %q
keys_file: %q
mail: {smtp: %q, tls: none, from: security@market.example}
typed: {en: market.example/security}
limits: {calls_per_minute: 1000000, forms_per_minute: 1000000}
webhooks: {allow_private: true}
`

// newGateway starts a node on a migrated database.
func (b *bench) newGateway(ctx context.Context, database string) (_ *gateway, err error) {
	if b.binary == "" {
		if b.binary, err = b.build(ctx); err != nil {
			return nil, err
		}
	}
	b.made++
	dir := filepath.Join(b.dir, fmt.Sprintf("gateway-%d", b.made))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	g := &gateway{database: database, log: filepath.Join(dir, "log.json")}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.stop())
		}
	}()
	if g.mail, err = newMailServer(); err != nil {
		return nil, err
	}
	if g.hooks, err = newReceiver(); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	g.base = "http://" + address // passkeys need a name: localhost
	config := filepath.Join(dir, "countersign.yaml")
	content := fmt.Sprintf(configuration, g.base, address, database, b.keysFile(), g.mail.address)
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		return nil, err
	}
	if err := g.register(ctx, b.binary, config); err != nil {
		return nil, err
	}
	if err := hurry(ctx, database); err != nil {
		return nil, fmt.Errorf("let nobody wait: %w", err)
	}
	return g, g.start(ctx, b.binary, config)
}

// build makes the gateway's program, as it is shipped.
func (b *bench) build(ctx context.Context) (string, error) {
	program := filepath.Join(b.dir, "countersign")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./cmd/countersign")
	cmd.Dir, cmd.Env = b.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the gateway: %w: %s", err, out)
	}
	return program, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port), l.Close()
}

// register adds the marketplace, as an operator does.
func (g *gateway) register(ctx context.Context, program, config string) error {
	out, err := exec.CommandContext(ctx, program, "marketplaces", "add", "--config", config, "--name", "Bench",
		"--return-url", returnURL, "--webhook", g.hooks.url, "--event", "action.approved").Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return fmt.Errorf("add a marketplace: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if key, ok := strings.CutPrefix(line, "API key"); ok {
			g.apiKey = strings.TrimSpace(key)
		}
	}
	if g.apiKey == "" {
		return errors.New("add a marketplace: no API key was printed")
	}
	return nil
}

func (g *gateway) start(ctx context.Context, program, config string) error {
	log, err := os.Create(g.log)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	g.cmd = exec.Command(program, "serve", "--config", config)
	g.cmd.Stdout, g.cmd.Stderr = log, log
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := g.cmd.Start(); err != nil {
		g.cmd = nil
		return fmt.Errorf("start the gateway: %w", err)
	}
	g.exited = make(chan struct{})
	go func() { _ = g.cmd.Wait(); close(g.exited) }() // stop reports how it went
	return until(ctx, 30*time.Second, g.ready)
}

func (g *gateway) ready(ctx context.Context) (bool, error) {
	select {
	case <-g.exited:
		return false, fmt.Errorf("the gateway ended: %s", tail(g.log))
	default:
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.base+"/readyz", nil)
	if err != nil {
		return false, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, nil // not yet
	}
	return res.StatusCode == http.StatusOK, res.Body.Close()
}

func (g *gateway) pid() int { return g.cmd.Process.Pid }

// tail is the end of a log.
func tail(file string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-2000):])
}

// stop ends the node and those it talks to. It is asked to end, not killed.
func (g *gateway) stop() error {
	var errs []error
	if g.cmd != nil {
		errs = append(errs, g.cmd.Process.Signal(syscall.SIGTERM))
		select {
		case <-g.exited:
			if !g.cmd.ProcessState.Success() {
				errs = append(errs, fmt.Errorf("the gateway ended with %s: %s", g.cmd.ProcessState, tail(g.log)))
			}
		case <-time.After(40 * time.Second):
			errs = append(errs, errors.New("the gateway did not end"), g.cmd.Process.Kill())
		}
	}
	if g.mail != nil {
		errs = append(errs, g.mail.stop())
	}
	if g.hooks != nil {
		errs = append(errs, g.hooks.stop())
	}
	return errors.Join(errs...)
}
