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
	store, err := rate.Memory(g.Clock.Now)
	if g.db.Postgres() {
		store, err = approvaldb.NewLimits(g.db, g.Clock.Now), nil
	}
	if err != nil {
		return calls, forms, err
	}
	from := rate.Addresses{}
	if len(g.Config.TrustedProxies) > 0 {
		if from.Trusted, err = peer.Parse(g.Config.TrustedProxies); err != nil {
			return calls, forms, fmt.Errorf("trusted_proxies %w", err)
		}
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
