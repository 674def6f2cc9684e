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

// An approved request that no node sends is told to operators after five minutes,
// and again every five; one that is sent is not.
func TestUnsent(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		var log bytes.Buffer
		gauge := -1
		u := &unsent{find: w.Parts.Waker.Unsent, gauge: func(n int) { gauge = n }, log: slog.New(slog.NewJSONHandler(&log, nil))}
		look := func(pushes, lines int) {
			t.Helper()
			if err := u.look(t.Context(), w.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "not sent"); gauge != pushes || n != lines {
				t.Errorf("%d told of in %d lines, want %d in %d:\n%s", gauge, n, pushes, lines, &log)
			}
		}
		a := w.ApprovedPush(t, true)
		look(0, 0)
		w.Clock.Set(a.Push.NextAt.Add(unsentAfter))
		look(1, 1)
		if !strings.Contains(log.String(), `"route":"bank"`) || !strings.Contains(log.String(), string(a.Marketplace)) {
			t.Error(&log)
		}
		w.Clock.Advance(unsentAfter - time.Second)
		look(1, 1)
		w.Clock.Advance(time.Second)
		look(1, 2)
		w.Push(t, a, approvals.PushOutcome{Result: approvals.PushExecuted, Status: 204})
		w.Clock.Advance(unsentAfter)
		look(0, 2)
	})
}
