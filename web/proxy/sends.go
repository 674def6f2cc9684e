package proxy

import (
	"slices"

	"countersign/approvals"
)

// Sends implements approvals.Pusher: the routes of this very marketplace, and no
// other one's of the same name.
func (p *Proxy) Sends(r approvals.PushRoute) bool { return slices.Contains(p.PushRoutes(), r) }

// PushRoutes are the routes whose approved requests this proxy sends.
func (p *Proxy) PushRoutes() []approvals.PushRoute {
	out := make([]approvals.PushRoute, 0, len(p.table.routes))
	for _, r := range p.table.routes {
		out = append(out, approvals.PushRoute{Marketplace: p.Marketplace.ID, Route: r.Name})
	}
	return out
}
