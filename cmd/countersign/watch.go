package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// How often a node looks at the clock, and how far it may jump (STANDARDS
// §0.3, RELIABILITY F-41).
const (
	watchEvery = time.Second
	markEvery  = 10 * time.Second
	maxJump    = time.Hour
	maxGap     = 24 * time.Hour
	// keepSessions is how long a session that is over still tells which
	// marketplace its page leads back to.
	keepSessions = time.Hour
)

// startClock takes over a test gateway's offset and raises the high-water
// mark. Time more than a day ahead of the last run halts releases until an
// operator has looked at the clock. Of time that went back nothing is said
// here: the mark stays, and each claim before it is refused.
func (g *Gateway) startClock(ctx context.Context) error {
	gov := g.parts.Governor
	offset, err := gov.ClockOffset(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	if offset != 0 && !g.Config.testMode() {
		return errors.New("this database belongs to a test gateway whose clock was moved; a live gateway needs a new one")
	}
	g.Clock.Raise(offset)
	gate, err := gov.Gate(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	now := g.Clock.Now()
	gap := now.Sub(gate.ClockMark)
	if !g.Config.testMode() && !gate.ClockMark.IsZero() && gap > maxGap {
		// The mark stays where it is: a resume sets it to what the operator found.
		return g.haltClock(ctx, "the clock is "+gap.Round(time.Minute).String()+" ahead of the last run")
	}
	return gov.MarkClock(ctx, now)
}

// watch keeps the mark, the offset of a test gateway that another node has
// moved, and an eye on the clock itself.
func (g *Gateway) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last, marked := time.Now(), time.Now()
	jumped := "" // what has to be halted for
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		if jump := now.Round(0).Sub(last.Round(0)) - now.Sub(last); jump.Abs() > maxJump && !g.Config.testMode() {
			jumped = "the clock jumped by " + jump.Round(time.Minute).String()
			g.skewed.Store(true)
		}
		last = now
		if jumped != "" { // until the halt is written this node decides nothing and marks nothing
			if g.haltClock(ctx, jumped) == nil {
				jumped = ""
			}
			continue
		}
		if g.Config.testMode() {
			if offset, err := g.parts.Governor.ClockOffset(ctx); err == nil {
				g.Clock.Raise(offset)
			}
		}
		g.follow(ctx)
		if now.Sub(marked) >= markEvery {
			marked = now
			g.look(ctx)
		}
	}
}

// look is what a node does every ten seconds besides: ask itself whether it
// is fit to decide, raise the mark, clear away sessions and challenges long
// over, keep when API keys were used, say how fast cases are answered, and tell
// operators when it cannot follow its key file, when approved requests are not
// sent, and when nobody knows what came of them. A node that is not fit raises
// nothing: the mark is for all.
func (g *Gateway) look(ctx context.Context) {
	unfit := g.Ready(ctx)
	g.skewed.Store(unfit != nil)
	if unfit != nil {
		g.Log.Error("not ready", "error", unfit)
		return
	}
	now := g.Clock.Now()
	if err := errors.Join(g.mark(ctx, now), g.clear(ctx, now), g.Keys.Refresh(), g.uses.Flush(ctx, g.parts.Keys), g.unsent.look(ctx, now), g.unresolved.look(ctx, now), g.pace.look(ctx, now)); err != nil && ctx.Err() == nil {
		g.Log.Error("look", "error", err)
	}
}

// mark raises the mark, unless now is further ahead of it than a node that
// raises it every ten seconds can be: then releases stay refused, by the gate
// in each claim, until an operator has looked at the clock.
func (g *Gateway) mark(ctx context.Context, now time.Time) error {
	gate, err := g.parts.Governor.Gate(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	if now.Sub(gate.ClockMark) > maxJump && !g.Config.testMode() {
		return g.haltClock(ctx, "the clock is "+now.Sub(gate.ClockMark).Round(time.Minute).String()+" ahead of the mark")
	}
	return g.parts.Governor.MarkClock(ctx, now)
}

func (g *Gateway) clear(ctx context.Context, now time.Time) error {
	_, err := g.sessions.EndIdleSessions(ctx, now.Add(-auth.SessionIdle-keepSessions), now.Add(-auth.SessionLife-keepSessions))
	_, err2 := g.proofs.Sweep(ctx)
	machine := g.Clock.Machine()
	_, err3 := g.presences.EndIdleSessions(ctx, machine.Add(-auth.PersonIdle-keepSessions), machine.Add(-auth.PersonLife-keepSessions))
	_, err4 := g.people.Sweep(ctx)
	return errors.Join(err, err2, err3, err4)
}

func (g *Gateway) haltClock(ctx context.Context, reason string) error {
	g.Log.Error("releases are halted", "reason", reason)
	err := g.parts.Governor.Halt(ctx, approvals.Halt{By: audit.Actor{Type: audit.System}, Reason: reason, At: g.Clock.Now()})
	if err != nil {
		g.Log.Error("halt", "error", err)
	}
	return err
}

// sure refuses what goes forward on a node that is not ready: one more than
// two seconds from the database's clock decides nothing.
func (g *Gateway) sure() error {
	if g.skewed.Load() {
		return approvals.Refuse(approvals.CodeClock)
	}
	return nil
}
