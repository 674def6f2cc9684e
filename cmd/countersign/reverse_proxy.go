package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"countersign/approvals"
	"countersign/web/peer"
	"countersign/web/proxy"
)

// proxied reports whether the gateway stands in front of a marketplace.
func (c Config) proxied() bool { return !reflect.ValueOf(c.Routes).IsZero() }

// checkRoutes compiles the routes, so that a gateway that starts can answer.
func (c Config) checkRoutes() []Problem {
	if !c.proxied() {
		return nil
	}
	var out []Problem
	_, faults := proxy.Compile(c.Routes)
	for _, f := range faults {
		out = append(out, Problem{Field: "routes." + f.Field, Message: f.Message})
	}
	return out
}

// buildProxy makes the listener in front of the marketplace, if there is to be
// one.
func (g *Gateway) buildProxy(ctx context.Context) error {
	if !g.Config.proxied() {
		return nil
	}
	table, faults := proxy.Compile(g.Config.Routes)
	if len(faults) > 0 {
		return fmt.Errorf("routes.%s %s", faults[0].Field, faults[0].Message)
	}
	id := approvals.MarketplaceID(g.Config.Routes.Marketplace)
	market, err := g.parts.Registry.Marketplace(ctx, id)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return fmt.Errorf("routes.marketplace: there is no marketplace %s; \"countersign marketplaces list\" shows those there are", id)
	}
	if err != nil {
		return err
	}
	var front peer.List
	if len(g.Config.TrustedProxies) > 0 {
		if front, err = peer.Parse(g.Config.TrustedProxies); err != nil {
			return fmt.Errorf("trusted_proxies %w", err)
		}
	}
	limit, err := g.limitGuarded(slices.Concat(front, table.Trusted()))
	if err != nil {
		return err
	}
	g.proxy, err = proxy.New(proxy.Config{
		Table: table, Approvals: g.service, Marketplace: market, Front: front, PublicURL: g.Config.PublicURL,
		Limit: limit, Now: g.Clock.Now, Machine: g.Clock.Machine, Log: g.Log,
		Count: func(o proxy.Outcome) { g.metrics.Proxied(string(o.Kind), o.Route, o.Status, o.Code) },
	})
	if err != nil {
		return err
	}
	if err := g.sendBy(g.proxy, g.proxy.PushRoutes()); err != nil {
		return err
	}
	g.doors = append(g.doors, &door{name: "proxy", address: g.Config.Routes.Listen, server: g.proxy.Server(), over: g.proxy.Listen})
	return nil
}
