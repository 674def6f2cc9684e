package main

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// followTime is how long a look at the policy in force may take: a database that
// hangs must not keep the clock from being watched.
const followTime = 2 * time.Second

// buildPolicy makes the policy this node decides by. In a demo its waits are as
// short as the demo's.
func (g *Gateway) buildPolicy(ctx context.Context, s settings) {
	scale := 1.0
	if s.DemoWait != 0 {
		scale = float64(s.DemoWait) / float64(24*time.Hour)
	}
	g.policies = &desk.Policies{Store: g.parts.Policies, Default: risk.Default(), Now: g.Clock.Now, Sure: g.surePolicy}
	g.inForce = desk.NewInForce(g.policies, scale)
	g.follow(ctx)
}

// surePolicy refuses to write the policy by a clock that is not sure: the one of this
// node against the database's, and against the time all nodes have marked. It asks
// now: what was looked at last may be ten seconds old, or at the start nothing yet.
func (g *Gateway) surePolicy() error {
	if err := g.sure(); err != nil {
		return err
	}
	return surePolicy(g.db, g.parts.Governor, g.Clock)
}

func surePolicy(db *approvaldb.DB, governor approvals.Governor, c *Clock) error {
	ctx, end := context.WithTimeout(context.Background(), followTime)
	defer end()
	if err := ready(ctx, db, c); err != nil {
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeClock), err)
	}
	gate, err := governor.Gate(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	return gate.Clock(c.Now())
}

// follow takes over a change of the policy, and says once when it cannot: until it
// can again this node creates nothing and takes no first proof.
func (g *Gateway) follow(ctx context.Context) {
	ctx, end := context.WithTimeout(ctx, followTime)
	defer end()
	before, known := g.inForce.Number(), g.inForce.Known() == nil
	err := g.inForce.Follow(ctx)
	switch now := g.inForce.Known() == nil; {
	case err != nil && now && (!known || before != g.inForce.Number()):
		g.Log.Error("an earlier policy cannot be read: what was open under it goes to two people", "number", g.inForce.Number(), "error", err)
	case err != nil && ctx.Err() == nil && (known || before != g.inForce.Number()):
		g.Log.Error("the policy in force cannot be read", "error", err)
	case now && (!known || before != g.inForce.Number()):
		g.Log.Info("policy in force", "number", g.inForce.Number(), "version", g.inForce.Version())
	}
}
