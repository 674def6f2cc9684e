package proxy

import (
	"slices"

	"countersign/approvals"
	"countersign/web/peer"
)

// Sends implements approvals.Pusher: the routes of this very marketplace, and no
// other one's of the same name.
func (p *Proxy) Sends(r approvals.PushRoute) bool { return slices.Contains(p.PushRoutes(), r) }

// Trusted are the peers that say who is signed in.
func (t *Table) Trusted() peer.List { return t.trusted }

// PushRoutes are the routes whose approved requests this proxy sends.
func (p *Proxy) PushRoutes() []approvals.PushRoute {
	out := make([]approvals.PushRoute, 0, len(p.table.routes))
	for _, r := range p.table.routes {
		out = append(out, approvals.PushRoute{Marketplace: p.Marketplace.ID, Route: r.Name})
	}
	return out
}
