package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"countersign/client/conformance"
	"countersign/cmd/countersign/demo"
)

// ConformanceCmd is "countersign conformance".
type ConformanceCmd struct {
	Start   string `placeholder:"URL" help:"POST that starts a change for the sandbox's test seller. Without it only the settings are printed."`
	Account string `placeholder:"URL" help:"GET that says where that seller is paid now."`
	Webhook string `placeholder:"URL" help:"The sandbox's endpoint for webhooks."`
	Session string `placeholder:"URL" help:"GET that answers 200 while that seller is signed in. Optional."`

	Only     []string      `placeholder:"ID" help:"Play this scenario alone. Can be given more than once."`
	List     bool          `help:"List the scenarios and stop."`
	Listen   string        `default:"127.0.0.1:8089" help:"Address of the stand-in gateway."`
	BaseURL  string        `placeholder:"URL" help:"Where the sandbox reaches it. Default: http:// and the address."`
	Settings string        `type:"path" default:"countersign-conformance.json" help:"File that keeps the settings of the sandbox between two runs; made at the first."`
	Patience time.Duration `default:"15s" help:"How long to wait for what has to happen."`
	Quiet    time.Duration `default:"2s" help:"How long to look on where nothing may happen."`
}

// errNotConformant ends the command with a code that a script can test.
var errNotConformant = errors.New("the marketplace does not pass")

// Run plays the scenarios and prints the report.
func (c *ConformanceCmd) Run(ctx context.Context) error { return c.run(ctx, os.Stdout) }

func (c *ConformanceCmd) run(ctx context.Context, w io.Writer) error {
	if c.List {
		for _, s := range conformance.Scenarios() {
			fmt.Fprintf(w, "%-18s %s\n", s.ID, s.Sentence)
		}
		return nil
	}
	settings, err := c.settings()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, `The sandbox needs these, instead of its gateway's:

  base URL        %s
  API key         %s
  webhook secret  %s
  marketplace id  %s

`, settings.URL, settings.APIKey, settings.WebhookSecret, settings.Marketplace)
	if c.Start == "" {
		fmt.Fprintln(w, "Then run again with --start, --account and --webhook.")
		return nil
	}
	report, err := c.play(ctx, settings, func(r conformance.Result) { fmt.Fprint(w, r) })
	if err != nil {
		return err
	}
	fmt.Fprint(w, "\n", report.Summary())
	if len(report.Wrong()) > 0 {
		return errNotConformant
	}
	return nil
}

// settings reads what an earlier run made, or makes it.
func (c *ConformanceCmd) settings() (conformance.Settings, error) {
	url := strings.TrimRight(c.BaseURL, "/")
	if url == "" {
		url = "http://" + c.Listen
	}
	raw, err := os.ReadFile(c.Settings)
	if errors.Is(err, fs.ErrNotExist) {
		made := conformance.NewSettings(url)
		raw, err := json.MarshalIndent(made, "", "  ")
		if err != nil {
			return made, fmt.Errorf("keep the settings: %w", err)
		}
		return made, demo.WriteFile(c.Settings, append(raw, '\n'))
	}
	var kept conformance.Settings
	if err != nil {
		return kept, fmt.Errorf("read the settings: %w", err)
	}
	if err := json.Unmarshal(raw, &kept); err != nil {
		return kept, fmt.Errorf("read the settings: %s is damaged", c.Settings)
	}
	kept.URL = url
	return kept, nil
}

// play serves the stand-in for as long as the scenarios take.
func (c *ConformanceCmd) play(ctx context.Context, settings conformance.Settings, played func(conformance.Result)) (conformance.Report, error) {
	kit, err := conformance.New(conformance.Config{
		Settings: settings, Now: time.Now, Patience: c.Patience, Quiet: c.Quiet, Played: played,
		Sandbox: conformance.Sandbox{Start: c.Start, Account: c.Account, Webhook: c.Webhook, Session: c.Session},
	})
	if err != nil {
		return conformance.Report{}, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return conformance.Report{}, fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: kit, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- serveOn(server, listener) }()
	report, err := kit.Run(ctx, c.Only...)
	return report, errors.Join(err, server.Close(), <-served)
}
