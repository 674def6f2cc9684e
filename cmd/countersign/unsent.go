package main

import (
	"context"
	"log/slog"
	"time"

	"countersign/approvals"
)

// unsentAfter is how long an approved request may wait for a node that sends it
// before operators are told, and how often they are told again.
const unsentAfter = 5 * time.Minute

// unsent tells operators of approved requests that nobody sends: no node that
// runs has their marketplace's route. No node can know what the others have, so
// each tells what it sees.
type unsent struct {
	find  func(ctx context.Context, since time.Time) ([]approvals.UnsentPushes, error)
	gauge func(pushes int)
	log   *slog.Logger
	alarm alarm
}

// alarm is what operators are told again and again for as long as it lasts.
type alarm struct{ told time.Time }

// rings reports whether they are to be told now. One that was over begins anew.
func (a *alarm) rings(on bool, now time.Time, every time.Duration) bool {
	if !on {
		a.told = time.Time{}
	}
	if !on || !a.told.IsZero() && now.Sub(a.told) < every {
		return false
	}
	a.told = now
	return true
}

func (u *unsent) look(ctx context.Context, now time.Time) error {
	routes, err := u.find(ctx, now.Add(-unsentAfter))
	if err != nil {
		return err
	}
	all := 0
	for _, r := range routes {
		all += r.Pushes
	}
	u.gauge(all)
	if !u.alarm.rings(all > 0, now, unsentAfter) {
		return nil
	}
	for _, r := range routes {
		u.log.ErrorContext(ctx, "approved requests are not sent: no node has the route, or releases are halted",
			"marketplace", string(r.Route.Marketplace), "route", r.Route.Route, "requests", r.Pushes, "since", approvals.FormatTime(r.Since))
	}
	return nil
}
