package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// An unresolved release is told to operators at once and every hour, another one at
// once again; one that was settled is not.
func TestUnresolved(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		var log bytes.Buffer
		gauge := -1
		u := &unresolved{find: w.Parts.Waker.Unresolved, gauge: func(n int) { gauge = n }, log: slog.New(slog.NewJSONHandler(&log, nil))}
		look := func(releases, lines int) {
			t.Helper()
			if err := u.look(t.Context(), w.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "unresolved"); gauge != releases || n != lines {
				t.Errorf("%d told of in %d lines, want %d in %d:\n%s", gauge, n, releases, lines, &log)
			}
		}
		look(0, 0)
		a := w.Drive(t, approvals.Unresolved)
		look(1, 1)
		if !strings.Contains(log.String(), `"since":"`+approvals.FormatTime(a.MovedAt)) || !strings.Contains(log.String(), string(a.Marketplace)) {
			t.Error(&log)
		}
		w.Clock.Advance(unresolvedEvery - time.Second)
		look(1, 1)
		w.Clock.Advance(time.Second)
		look(1, 2)
		other := w.Drive(t, approvals.Unresolved)
		look(2, 3)
		for _, settled := range []approvals.Action{a, other} {
			if _, err := w.Service.Report(t.Context(), settled.Key(), approvals.Result{Outcome: approvals.ResultExecuted}, nil); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Advance(unresolvedEvery)
		look(0, 3)
	})
}
