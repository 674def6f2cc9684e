package main

import (
	cases "countersign/approvals/desk"
	"countersign/web/desk"
)

// views is what the desk reads beside cases.
func (g *Gateway) views() desk.Views {
	return desk.Views{Rings: g.parts.RingViews, Audit: g.parts.AuditViews, Shift: g.parts.Shift}
}

// deskCases is what people decide in cases, by a clock that is as sure as the one
// the policy is written by. A broken assertion in one halts all releases.
func (g *Gateway) deskCases() *cases.Cases {
	return &cases.Cases{Store: g.parts.Desk, Read: g.parts.Desk, NewID: newID, Now: g.Clock.Now, Sure: g.surePolicy, Broken: g.broken}
}
