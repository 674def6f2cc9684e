package main

import (
	"context"
	"net"
	"net/http"

	"countersign/approvals"
	"countersign/web/peer"
	"countersign/web/rate"
)

// claimsPerAction is how many claims of one action proxies may ask for in a
// minute: a client and its proxies try a few times, and no more.
const claimsPerAction = 30

// taker counts by a key.
type taker func(ctx context.Context, key string) error

// perMinute is a taker that allows so many a minute; 0 is no limit.
func (g *Gateway) perMinute(s rate.Store, name string, calls int) (taker, error) {
	if calls == 0 {
		return func(context.Context, string) error { return nil }, nil
	}
	l, err := rate.New(s, name, calls, g.Clock.Now)
	return func(ctx context.Context, key string) error {
		if key == "" { // of nobody in particular
			return nil
		}
		return l.Take(ctx, http.Header{}, key)
	}, err
}

// limitGuarded limits what is kept for approval, by seller and by address; front
// are the proxies that tell a client's address.
func (g *Gateway) limitGuarded(front peer.List) (func(*http.Request, approvals.SellerKey) error, error) {
	store, err := g.counts()
	if err != nil {
		return nil, err
	}
	sellers, err := g.perMinute(store, "guarded", g.Config.Limits.Guarded)
	if err != nil {
		return nil, err
	}
	addresses, err := g.perMinute(store, "guarded-from", g.Config.Limits.Forms)
	if err != nil {
		return nil, err
	}
	from := rate.Addresses{Trusted: front}
	return func(r *http.Request, s approvals.SellerKey) error {
		if err := addresses(r.Context(), from.Key(r)); err != nil {
			return err
		}
		return sellers(r.Context(), string(s.Marketplace)+"\x1f"+string(s.Seller))
	}, nil
}

// limitClaims limits the claims that proxies ask for, by action and by proxy, in
// this node's memory.
func (g *Gateway) limitClaims() (func(context.Context, approvals.ActionID, string) error, error) {
	store, err := rate.Memory(g.Clock.Now)
	if err != nil {
		return nil, err
	}
	actions, err := g.perMinute(store, "claims", claimsPerAction)
	if err != nil {
		return nil, err
	}
	proxies, err := g.perMinute(store, "claims-from", g.Config.Limits.Calls)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, a approvals.ActionID, proxy string) error {
		if err := actions(ctx, string(a)); err != nil {
			return err
		}
		host, _, err := net.SplitHostPort(proxy)
		if err != nil {
			host = proxy
		}
		return proxies(ctx, host)
	}, nil
}
