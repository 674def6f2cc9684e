package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"countersign/approvals"
	"countersign/web"
	"countersign/web/forwardauth"
	"countersign/web/peer"
)

// ForwardAuthConfig lets a proxy that you run (nginx, Caddy, Traefik, Envoy) ask
// the gateway before it lets a sensitive request through.
type ForwardAuthConfig struct {
	// Listen is the address proxies ask at; empty: forward-auth is off.
	Listen string `koanf:"listen"`
	// Trusted lists the addresses the proxies connect from. Nobody else is
	// answered.
	Trusted []string `koanf:"trusted"`
	// Marketplace is the id whose actions the requests may name.
	Marketplace string `koanf:"marketplace"`
}

func (c ForwardAuthConfig) validate() []Problem {
	if c.Listen == "" {
		if len(c.Trusted) == 0 && c.Marketplace == "" {
			return nil
		}
		return []Problem{{Field: "forward_auth.listen", Message: "must be host:port, as in 127.0.0.1:8091; without it forward-auth is off"}}
	}
	var out []Problem
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		out = append(out, Problem{Field: "forward_auth.listen", Message: "must be host:port, as in 127.0.0.1:8091"})
	}
	if _, err := peer.Parse(c.trusted()); err != nil {
		out = append(out, Problem{Field: "forward_auth.trusted", Message: err.Error()})
	}
	if c.Marketplace == "" {
		out = append(out, Problem{Field: "forward_auth.marketplace", Message: "must be the id of the marketplace behind the proxy; \"countersign marketplaces list\" shows it"})
	}
	return out
}

// trusted is the list as the file has it, or as an environment variable does,
// with commas.
func (c ForwardAuthConfig) trusted() []string {
	if len(c.Trusted) == 0 {
		return nil
	}
	return strings.Split(strings.Join(c.Trusted, ","), ",")
}

// buildForwardAuth makes the listener that proxies ask, if there is to be one.
func (g *Gateway) buildForwardAuth(ctx context.Context, metrics *web.Metrics) error {
	cfg := g.Config.ForwardAuth
	if cfg.Listen == "" {
		return nil
	}
	trusted, err := peer.Parse(cfg.trusted())
	if err != nil {
		return fmt.Errorf("forward_auth.trusted %w", err)
	}
	market := approvals.MarketplaceID(cfg.Marketplace)
	if _, err := g.parts.Registry.Marketplace(ctx, market); errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return fmt.Errorf("forward_auth.marketplace: there is no marketplace %s; \"countersign marketplaces list\" shows those there are", market)
	} else if err != nil {
		return err
	}
	limit, err := g.limitClaims()
	if err != nil {
		return err
	}
	h, err := forwardauth.New(forwardauth.Config{
		Service: g.service, Answers: g.parts.Answers, Releases: g.Keys, Gate: g.parts.Governor,
		Marketplace: market, Trusted: trusted, PublicURL: g.Config.PublicURL, Log: g.Log, Now: g.Clock.Now, Limit: limit,
	})
	if err != nil {
		return err
	}
	server := web.Server(web.Observe(h, metrics, g.Log, g.Clock.Machine), g.Log)
	g.doors = append(g.doors, &door{name: "forward-auth", address: cfg.Listen, server: server})
	return nil
}
