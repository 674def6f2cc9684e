package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"countersign/cmd/countersign/demo"
)

// DemoCmd is "countersign demo".
type DemoCmd struct {
	Addr      string        `default:"localhost:8080" help:"Address of the gateway; the marketplace and the mailbox take the next two ports."`
	Data      string        `type:"path" help:"Directory to keep everything in and to go on from. Default: a new one that is removed at the end."`
	Delay     time.Duration `default:"1m" help:"Cooling-off with a passkey; three times as long with a code."`
	ReadyFile string        `type:"path" help:"Write the addresses and keys there, as JSON, when everything answers."`
}

// Run shows the product until it is interrupted.
func (c *DemoCmd) Run(ctx context.Context) error {
	dir := c.Data
	if dir == "" {
		temp, err := os.MkdirTemp("", "countersign-demo-")
		if err != nil {
			return fmt.Errorf("make a directory: %w", err)
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d, err := startDemo(ctx, demoOptions{Addr: c.Addr, Dir: dir, Delay: c.Delay, Log: log})
	if err != nil {
		return err
	}
	if err := d.await(ctx); err != nil {
		return errors.Join(err, d.Stop())
	}
	entrances, err := d.entrances(ctx)
	if err != nil {
		return errors.Join(err, d.Stop())
	}
	d.welcome(os.Stdout, entrances)
	if c.ReadyFile != "" {
		if err := d.writeReady(c.ReadyFile); err != nil {
			return errors.Join(err, d.Stop())
		}
	}
	select {
	case <-ctx.Done():
		fmt.Println("\nStopping.")
	case err = <-d.failed:
	}
	return errors.Join(err, d.Stop())
}

// demoOptions is what a demo is started with.
type demoOptions struct {
	Addr  string // host:port; port 0 takes free ports
	Dir   string
	Delay time.Duration
	Log   *slog.Logger
}

// Demo is a gateway, a marketplace and a mailbox on one machine, each reached
// the way strangers would reach it.
type Demo struct {
	Gateway     *Gateway
	Mailbox     *demo.Mailbox
	Marketplace *demo.Marketplace

	BaseURL        string
	MarketplaceURL string
	MailboxURL     string
	APIKey         string
	WebhookSecret  string

	options demoOptions
	state   demoState
	ports   demoPorts
	servers []*http.Server
	stop    context.CancelFunc
	running sync.WaitGroup
	failed  chan error
}

// startDemo builds and starts everything in dir, or goes on where an earlier
// demo there stopped.
func startDemo(ctx context.Context, o demoOptions) (*Demo, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", o.Dir, err)
	}
	state, err := loadDemoState(o)
	if err != nil {
		return nil, err
	}
	d := &Demo{options: o, state: state, failed: make(chan error, 4)}
	if d.ports, err = listenDemo(state.Addresses); err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(o.Addr)
	d.BaseURL = pageURL(host, d.ports.gateway)
	d.MarketplaceURL = pageURL(host, d.ports.marketplace)
	d.MailboxURL = pageURL(host, d.ports.mailbox)
	if err := d.build(ctx); err != nil {
		return nil, errors.Join(err, d.ports.close())
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stop = stop
	d.start(run)
	return d, nil
}

// start runs every part; the first that fails says so on failed.
func (d *Demo) start(ctx context.Context) {
	report := func(err error) {
		if err != nil {
			d.failed <- err
		}
	}
	d.running.Go(func() { report(d.Gateway.Run(ctx, d.ports.gateway)) })
	d.running.Go(func() { report(d.Mailbox.Serve()) })
	for handler, l := range map[http.Handler]net.Listener{d.Marketplace: d.ports.marketplace, d.Mailbox.Handler(): d.ports.mailbox} {
		s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
		d.servers = append(d.servers, s)
		d.running.Go(func() { report(serveOn(s, l)) })
	}
}

// Stop ends everything in order: no new requests, then the gateway with its
// workers, then the mailbox they send to.
func (d *Demo) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), serversTime)
	defer cancel()
	d.stop()
	var err error
	for _, s := range d.servers {
		err = errors.Join(err, s.Shutdown(ctx))
	}
	err = errors.Join(err, d.Mailbox.Shutdown(ctx))
	d.running.Wait()
	return errors.Join(err, d.Gateway.Close())
}

// await returns when every address answers.
func (d *Demo) await(ctx context.Context) error {
	for _, url := range []string{d.BaseURL + "/readyz", d.MarketplaceURL + "/", d.MailboxURL + "/"} {
		if err := answers(ctx, url); err != nil {
			return err
		}
	}
	return nil
}

func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer", url)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
