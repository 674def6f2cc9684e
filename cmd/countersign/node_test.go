package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// buildWithCrashpoints builds the real binary, once for all tests.
func buildWithCrashpoints(t *testing.T) string {
	t.Helper()
	path, err := builtBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var builtBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "countersign-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "countersign")
	cmd := exec.Command("go", "build", "-tags", "crashpoint", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// node is the real binary on a configuration file, started and killed from
// outside.
type node struct {
	t        *testing.T
	binary   string
	config   string
	database string
	url      string // public
	listen   string

	cmd    *exec.Cmd
	output *syncBuffer
	ended  chan struct{}
}

// lastPort is the port given out last. Ports below the range from which the
// kernel gives its own stay free for a node that is killed and started again.
var lastPort atomic.Int64

// freeAddress returns an address nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 9000 {
		address := fmt.Sprintf("localhost:%d", 10000+(int64(os.Getpid())*61+lastPort.Add(1))%9000)
		if l, err := net.Listen("tcp", address); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// newNode writes a configuration for a test-mode gateway on a free port.
func newNode(t *testing.T, binary, database, smtp string) *node {
	t.Helper()
	address := freeAddress(t)
	n := &node{t: t, binary: binary, database: database, url: "http://" + address, listen: address}
	dir := t.TempDir()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Save(filepath.Join(dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	n.config = filepath.Join(dir, "countersign.yaml")
	text := fmt.Sprintf("public_url: %s\nlisten: %s\ndatabase: %q\nkeys_file: %s\nmode: test\nmail: {smtp: %q, tls: none, from: security@market.example}\n"+
		"typed: {en: market.example/security}\nwebhooks: {allow_private: true}\n",
		n.url, strings.TrimPrefix(n.url, "http://"), database, filepath.Join(dir, "keys.json"), smtp)
	if err := os.WriteFile(n.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// prepare migrates and adds a marketplace whose webhooks go to receiver.
func (n *node) prepare(receiver string) madeMarketplace {
	n.t.Helper()
	if err := (&MigrateUpCmd{configFlag{n.config}}).Run(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	var made madeMarketplace
	err := withDatabase(n.t.Context(), n.config, func(cfg Config, db *approvaldb.DB) error {
		keys, err := keyring.Load(cfg.KeysFile)
		if err != nil {
			return err
		}
		made, err = addMarketplace(n.t.Context(), approvaldb.New(db, approvaldb.Config{Sealer: keys, NewID: newID}).Registry, cfg,
			MarketplacesAddCmd{Name: "Bottega", ReturnURL: []string{receiver + "/back"}, Webhook: receiver})
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return made
}

// sibling is another node on the same database, behind the same public URL.
func (n *node) sibling() *node {
	n.t.Helper()
	other := *n
	other.listen = freeAddress(n.t)
	raw, err := os.ReadFile(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	other.config = filepath.Join(n.t.TempDir(), "countersign.yaml")
	text := strings.Replace(string(raw), "listen: "+n.listen, "listen: "+other.listen, 1)
	if err := os.WriteFile(other.config, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return &other
}

// transport sends requests for the public URL to this node.
func (n *node) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, n.listen)
	}}
}

// start starts the binary and waits until it answers or is dead.
func (n *node) start(env ...string) {
	n.t.Helper()
	n.output = &syncBuffer{}
	n.cmd = exec.Command(n.binary, "serve", "--config", n.config)
	n.cmd.Env = append(os.Environ(), env...)
	n.cmd.Stderr, n.cmd.Stdout = n.output, n.output
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	ended := make(chan struct{})
	n.ended = ended
	cmd := n.cmd
	go func() { _ = cmd.Wait(); close(ended) }()
	n.t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	n.await()
}

func (n *node) await() {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 20*time.Second)
	defer cancel()
	transport := n.transport()
	defer transport.CloseIdleConnections()
	for !n.dead() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/readyz", nil)
		if err != nil {
			n.t.Fatal(err)
		}
		if res, err := (&http.Client{Transport: transport}).Do(req); err == nil {
			_ = res.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			n.t.Fatalf("the gateway does not answer\n%s", n.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (n *node) dead() bool {
	select {
	case <-n.ended:
		return true
	default:
		return false
	}
}

// stop ends the node as an operator would, and reports whether it was alive to
// be stopped. It must end by itself.
func (n *node) stop() bool {
	n.t.Helper()
	if n.dead() {
		return false
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Fatal(err)
	}
	select {
	case <-n.ended:
	case <-time.After(30 * time.Second):
		n.t.Fatalf("the gateway does not stop\n%s", n.log())
	}
	return n.cmd.ProcessState.Exited()
}

// idle reports whether everything that was to leave the building has left.
func (n *node) idle() bool {
	n.t.Helper()
	rows, err := n.rows("SELECT (SELECT count(*) FROM mails WHERE state = 'pending') + (SELECT count(*) FROM deliveries WHERE state = 'pending')")
	if err != nil {
		n.t.Fatal(err)
	}
	return rows == 0
}

// verify looks at the database itself: each version of each action has exactly
// one event, and nothing was claimed twice.
func (n *node) verify() []error {
	var found []error
	for what, query := range map[string]string{
		"versions without an event": "SELECT count(*) FROM actions a WHERE a.version <> (SELECT count(*) FROM events e WHERE e.action = a.id AND e.version > 0)",
		"actions claimed twice":     "SELECT count(*) FROM (SELECT action FROM claims GROUP BY action HAVING count(*) > 1) x",
	} {
		rows, err := n.rows(query)
		if err != nil {
			found = append(found, err)
		} else if rows > 0 {
			found = append(found, errors.New(what))
		}
	}
	return found
}

// rows is the number that a query of the node's database answers.
func (n *node) rows(query string) (rows int, err error) {
	err = withDatabase(n.t.Context(), n.config, func(_ Config, db *approvaldb.DB) error {
		return db.SQL().QueryRowContext(n.t.Context(), query).Scan(&rows)
	})
	return rows, err
}

func (n *node) log() string { return n.output.String() }

// syncBuffer is a buffer that a process writes and a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
