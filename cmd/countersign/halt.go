package main

import (
	"context"
	"fmt"
	"os/user"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
)

// HaltCmd is "countersign halt": no node begins a release once it has returned,
// because every claim reads the halt in its own transaction. A claim that had
// begun before may still commit.
type HaltCmd struct {
	configFlag
	Reason string `required:"" help:"Why; it is kept in the audit log."`
}

// Run halts.
func (c *HaltCmd) Run(ctx context.Context) error {
	return withGovernor(ctx, c.Config, func(g *approvaldb.Governor, clock *Clock) error {
		err := g.Halt(ctx, approvals.Halt{By: operator(), Reason: c.Reason, At: clock.Now()})
		if err == nil {
			fmt.Println("All releases are halted. Lift the halt with \"countersign resume\".")
		}
		return err
	})
}

// ResumeCmd is "countersign resume".
type ResumeCmd struct {
	configFlag
	Reason string `required:"" help:"What was found; it is kept in the audit log."`
}

// Run lifts the halt.
func (c *ResumeCmd) Run(ctx context.Context) error {
	return withGovernor(ctx, c.Config, func(g *approvaldb.Governor, clock *Clock) error {
		err := g.Resume(ctx, operator(), c.Reason, clock.Now())
		if err == nil {
			fmt.Println("Releases go on.")
		}
		return err
	})
}

func withGovernor(ctx context.Context, path string, do func(*approvaldb.Governor, *Clock) error) error {
	return withDatabase(ctx, path, func(cfg Config, db *approvaldb.DB) error {
		g := approvaldb.New(db, approvaldb.Config{NewID: newID}).Governor
		clock, err := operatorClock(ctx, cfg, db)
		if err != nil {
			return err
		}
		return do(g, clock)
	})
}

// withMigrated is withDatabase of one that this binary knows, with the time as its
// nodes see it.
func withMigrated(ctx context.Context, path string, do func(Config, *approvaldb.DB, *Clock) error) error {
	return withDatabase(ctx, path, func(cfg Config, db *approvaldb.DB) error {
		if err := checkSchema(ctx, db); err != nil {
			return err
		}
		clock, err := operatorClock(ctx, cfg, db)
		if err != nil {
			return err
		}
		return do(cfg, db, clock)
	})
}

// operatorClock is the time as the nodes of this database see it.
func operatorClock(ctx context.Context, cfg Config, db *approvaldb.DB) (*Clock, error) {
	clock := &Clock{}
	if !cfg.testMode() {
		return clock, nil
	}
	offset, err := approvaldb.New(db, approvaldb.Config{NewID: newID}).Governor.ClockOffset(ctx)
	if err == nil {
		clock.Raise(offset)
	}
	return clock, err
}

// operator is the person at the shell.
func operator() audit.Actor {
	a := audit.Actor{Type: audit.Operator}
	if u, err := user.Current(); err == nil {
		a.ID = u.Username
	}
	return a
}
