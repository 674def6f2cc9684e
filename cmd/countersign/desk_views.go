package main

import "countersign/web/desk"

// views is what the desk reads beside cases.
func (g *Gateway) views() desk.Views {
	return desk.Views{Rings: g.parts.RingViews, Audit: g.parts.AuditViews, Shift: g.parts.Shift}
}
