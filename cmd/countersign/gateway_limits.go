package main

import (
	"fmt"

	"countersign/approvals/approvaldb"
	"countersign/web"
	"countersign/web/api"
	"countersign/web/peer"
	"countersign/web/rate"
)

// limits builds what counts calls: for all nodes on PostgreSQL, in memory on
// SQLite, where there is one node.
func (g *Gateway) limits() (calls api.Limits, forms web.PageLimit, err error) {
	store, err := g.counts()
	if err != nil {
		return calls, forms, err
	}
	from, err := g.clients()
	if err != nil {
		return calls, forms, err
	}
	calls.Addresses, forms.Addresses = from, from
	for _, l := range []struct {
		to   **rate.Limiter
		name string
		n    int
	}{
		{&calls.Calls, "calls", g.Config.Limits.Calls},
		{&calls.Failures, "failures", g.Config.Limits.Failures},
		{&forms.Forms, "forms", g.Config.Limits.Forms},
	} {
		if l.n == 0 {
			continue
		}
		if *l.to, err = rate.New(store, l.name, l.n, g.Clock.Now); err != nil {
			return calls, forms, err
		}
	}
	return calls, forms, nil
}

// counts is where calls are counted.
func (g *Gateway) counts() (rate.Store, error) {
	if g.db.Postgres() {
		return approvaldb.NewLimits(g.db, g.Clock.Now), nil
	}
	return rate.Memory(g.Clock.Now)
}

// clients tells whom a request comes from, and from which country.
func (g *Gateway) clients() (rate.Addresses, error) {
	from := rate.Addresses{CountryHeader: g.Config.CountryHeader}
	if len(g.Config.TrustedProxies) == 0 {
		return from, nil
	}
	var err error
	if from.Trusted, err = peer.Parse(g.Config.TrustedProxies); err != nil {
		return from, fmt.Errorf("trusted_proxies %w", err)
	}
	return from, nil
}
