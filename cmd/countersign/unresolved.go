package main

import (
	"context"
	"log/slog"
	"time"

	"countersign/approvals"
)

// unresolvedEvery is how often operators are told of releases that nobody knows the
// result of (RELIABILITY §6).
const unresolvedEvery = time.Hour

// unresolved tells operators of releases whose result nobody knows: at once, and
// every hour until people or a late answer have settled them.
type unresolved struct {
	find  func(ctx context.Context) ([]approvals.UnresolvedReleases, error)
	gauge func(releases int)
	log   *slog.Logger
	alarm alarm
	known int
}

func (u *unresolved) look(ctx context.Context, now time.Time) error {
	found, err := u.find(ctx)
	if err != nil {
		return err
	}
	all := 0
	for _, m := range found {
		all += m.Releases
	}
	u.gauge(all)
	if all > u.known { // another one: at once
		u.alarm = alarm{}
	}
	u.known = all
	if !u.alarm.rings(all > 0, now, unresolvedEvery) {
		return nil
	}
	for _, m := range found {
		u.log.ErrorContext(ctx, "releases are unresolved: nobody knows whether they were carried out",
			"marketplace", string(m.Marketplace), "releases", m.Releases, "since", approvals.FormatTime(m.Since))
	}
	return nil
}
