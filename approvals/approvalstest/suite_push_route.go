package approvalstest

import (
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// pushOfOthers: a node wakes nobody for a push that it does not send, and takes no
// turn of the node that does, which finds it when its time is there; one that
// nobody takes up is told.
func pushOfOthers(t *testing.T, w *World) {
	a := w.ApprovedPush(t, true)
	due := a.Push.NextAt
	if all := w.Jobs.All(t); !slices.ContainsFunc(all, func(o approvals.Outgoing) bool { return o.ID == string(a.ID) && o.Kind == approvals.OutgoingPush }) {
		t.Error("no job at the approval")
	}
	w.Jobs.Clear(t)
	mine := w.Parts.Waker.Sends
	other := *w.Parts.Waker
	w.Clock.Advance(approvals.WakeAgain)
	for _, sends := range [][]approvals.PushRoute{nil, {{Marketplace: "another", Route: PushRoute}, {Marketplace: mine[0].Marketplace, Route: "another"}}} {
		other.Sends = sends
		_, err := other.Wake(ctx, w.Clock.Now(), 1000)
		if ok(t, err); w.jobsOf(t, a) != 0 {
			t.Errorf("a node that sends %v wakes a worker for %v", sends, a.PushRoute())
		}
		rows, err := other.Outgoing(ctx, w.Clock.Now(), 1000)
		if ok(t, err); slices.ContainsFunc(rows, func(o approvals.Outgoing) bool { return o.ID == string(a.ID) }) {
			t.Errorf("a node that sends %v has %v to do", sends, a.PushRoute())
		}
	}
	_, err := w.Parts.Waker.Wake(ctx, w.Clock.Now(), 1000)
	if ok(t, err); w.jobsOf(t, a) != 1 {
		t.Error("the node that sends it wakes nobody")
	}
	unsent := func(since time.Time) (n int, at time.Time) {
		t.Helper()
		routes, err := w.Parts.Waker.Unsent(ctx, since)
		ok(t, err)
		for _, r := range routes {
			if r.Route == a.PushRoute() {
				return r.Pushes, r.Since
			}
		}
		return 0, time.Time{}
	}
	if n, _ := unsent(due.Add(-time.Microsecond)); n != 0 {
		t.Errorf("%d told of before it was due", n)
	}
	if n, at := unsent(due); n != 1 || !at.Equal(due) {
		t.Errorf("%d told of since %v, want one since %v", n, at, due)
	}
	a = w.Abandoned(t, a)
	if n, _ := unsent(w.Clock.Now()); n != 0 {
		t.Error("told of while a node is at it")
	}
}
