package approvalstest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// pushBodyRaw reads the body's column.
func (w *World) pushBodyRaw(t testing.TB, a approvals.Action) []byte {
	t.Helper()
	query := "SELECT body FROM pushes WHERE id = ?"
	if w.DB.Postgres() {
		query = "SELECT body FROM pushes WHERE id = $1"
	}
	var raw []byte
	ok(t, w.DB.SQL().QueryRowContext(ctx, query, string(a.ID)).Scan(&raw))
	return raw
}

func pushKept(t *testing.T, w *World) {
	a, plain := w.CreatePush(t, true), w.Create(t)
	same(t, "the push of the action", w.Read(t, a).Push, approvals.Pushing{Route: "bank", Idempotent: true})
	same(t, "the action as it was answered", w.Read(t, a), a)
	key, body, err := w.Parts.Reader.PushBody(ctx, a.ID)
	if ok(t, err); key != a.Key() || string(body) != PushBody {
		t.Errorf("body %q of %v", body, key)
	}
	for _, id := range []approvals.ActionID{plain.ID, approvals.ActionID(NewID()), "not-an-id"} {
		_, _, err := w.Parts.Reader.PushBody(ctx, id)
		refused(t, err, approvals.CodeNotFound)
	}
	if raw := w.pushBodyRaw(t, a); bytes.Contains(raw, []byte("GB33")) {
		t.Error("the body is stored in clear")
	}
}

// pushSwapped: a sealed body of another row does not open here (N12).
func pushSwapped(t *testing.T, w *World) {
	a, b := w.ApprovedPush(t, true), w.ApprovedPush(t, true)
	for _, drop := range []string{"DROP TRIGGER pushes_resealed"} {
		if w.DB.Postgres() {
			drop += " ON pushes"
		}
		_, err := w.DB.SQL().ExecContext(ctx, drop)
		ok(t, err)
	}
	swap := "UPDATE pushes SET body = ? WHERE id = ?"
	if w.DB.Postgres() {
		swap = "UPDATE pushes SET body = $1 WHERE id = $2"
	}
	_, err := w.DB.SQL().ExecContext(ctx, swap, w.pushBodyRaw(t, b), string(a.ID))
	ok(t, err)
	broken := ""
	s, p := *w.Service, &Pusher{}
	s.Broken = func(_ context.Context, where string) { broken = where }
	sender := w.Sender(p)
	sender.Service = &s
	if err := sender.Push(ctx, string(a.ID)); !errors.Is(err, approvals.ErrBroken) {
		t.Errorf("another row's body: %v", err)
	}
	if broken == "" || len(p.Orders()) != 0 || w.Read(t, a).State != approvals.Approved {
		t.Errorf("halted %q, sent %d times", broken, len(p.Orders()))
	}
}

// pushes returns the rows that a worker can be woken for, and whether a is one.
func (w *World) isOutgoing(t testing.TB, a approvals.Action) bool {
	t.Helper()
	rows, err := w.Parts.Waker.Outgoing(ctx, w.Clock.Now(), 1000)
	ok(t, err)
	for _, r := range rows {
		if r.Kind == approvals.OutgoingPush && r.ID == string(a.ID) {
			return true
		}
	}
	return false
}

// jobsOf counts the jobs made for a's push, and forgets them all.
func (w *World) jobsOf(t testing.TB, a approvals.Action) int {
	t.Helper()
	n := 0
	for _, j := range w.Jobs.All(t) {
		if j.Kind == approvals.OutgoingPush && j.ID == string(a.ID) {
			n++
		}
	}
	w.Jobs.Clear(t)
	return n
}

// pushWoken: an approval makes the job; a lost one is found again; while an
// attempt is open nobody is woken before its lease ends, and the end of the lease
// is a deadline.
func pushWoken(t *testing.T, w *World) {
	a := w.CreatePush(t, true)
	if w.isOutgoing(t, a) {
		t.Error("due before it is approved")
	}
	a = w.DriveOn(t, a, approvals.Approved)
	if n := w.jobsOf(t, a); n != 1 || !w.isOutgoing(t, a) {
		t.Errorf("%d jobs at the approval, want 1", n)
	}
	wake := func(want int) {
		t.Helper()
		_, err := w.Parts.Waker.Wake(ctx, w.Clock.Now(), 1000)
		ok(t, err)
		if n := w.jobsOf(t, a); n != want {
			t.Errorf("woken %d times, want %d", n, want)
		}
	}
	wake(0)
	w.Clock.Advance(approvals.WakeAgain)
	wake(1)
	a = w.Abandoned(t, a)
	begun := w.Clock.Now()
	w.Clock.Advance(approvals.PushLease - time.Microsecond)
	if wake(0); !w.isOutgoing(t, a) {
		t.Error("what is in hand is not listed")
	}
	next, err := w.Parts.Waker.NextDue(ctx, begun)
	if ok(t, err); next.After(begun.Add(approvals.PushLease)) {
		t.Errorf("the next deadline is %v, the lease ends at %v", next, begun.Add(approvals.PushLease))
	}
	w.Clock.Advance(time.Microsecond)
	wake(1)
	if a = w.Push(t, a, approvals.PushOutcome{Result: approvals.PushUnknown, Status: 503}); a.Push.NextAt.IsZero() || w.isOutgoing(t, a) {
		t.Errorf("after the second attempt: %+v", a.Push)
	}
	w.Jobs.Clear(t) // the take-over made one, and did the work itself
	w.Clock.Set(a.Push.NextAt)
	wake(1)
	if a = w.Push(t, a, approvals.PushOutcome{Result: approvals.PushExecuted, Status: 200}); a.State != approvals.Executed || w.isOutgoing(t, a) {
		t.Errorf("it is %s: %+v", a.State, a.Push)
	}
}

// pushEvidence: every attempt is kept and told in the timeline, a late word too.
func pushEvidence(t *testing.T, w *World) {
	a := w.ApprovedPush(t, true)
	var late error
	p := &Pusher{}
	p.Answer = func(o approvals.PushOrder) (approvals.PushOutcome, error) {
		if o.Attempt == 1 { // the owner stands still until another took over
			w.Clock.Advance(approvals.PushLease)
			late = w.Sender(p).Push(ctx, string(a.ID))
		}
		return approvals.PushOutcome{Result: approvals.PushExecuted, Status: 200 + o.Attempt, Note: "done"}, nil
	}
	ok(t, w.Sender(p).Push(ctx, string(a.ID)))
	ok(t, late)
	a = w.Read(t, a)
	begun := a.ClaimedAt
	same(t, "attempts", a.Push, approvals.Pushing{Route: "bank", Idempotent: true, Attempts: []approvals.PushAttempt{
		{Number: 1, At: begun, EndedAt: begun.Add(approvals.PushLease), Result: approvals.PushUnknown, Note: "no word inside the lease"},
		{Number: 2, At: begun.Add(approvals.PushLease), EndedAt: begun.Add(approvals.PushLease), Result: approvals.PushExecuted, Status: 202, Note: "done"},
	}})
	events, err := w.Parts.Reader.Timeline(ctx, a.Key())
	ok(t, err)
	var told []string
	for _, e := range events {
		if e.Data["attempt"] != "" {
			told = append(told, e.Verb+" "+e.Data["attempt"]+" "+e.Data["outcome"]+" "+e.Data["status"])
		}
	}
	same(t, "timeline", told, []string{"claim 1  ", "push_result 1 unknown ", "push 2  ", "push_result 2 executed 202", "push_late 1 executed 201"})
}

// pushUnresolved: what nobody knows is unresolved at once, with a case, and the
// marketplace's word settles it, with the webhook as ever.
func pushUnresolved(t *testing.T, w *World) {
	a := w.Push(t, w.ApprovedPush(t, false), approvals.PushOutcome{Result: approvals.PushUnknown})
	if c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey()); err != nil || a.State != approvals.Unresolved || c.Reason != approvals.CaseUnresolved {
		t.Errorf("it is %s, case %+v, %v", a.State, c, err)
	}
	before := w.count(t, "deliveries")
	a = w.must(t)(w.Service.Report(ctx, a.Key(), approvals.Result{Outcome: approvals.ResultExecuted}, nil))
	if a.State != approvals.Executed || w.count(t, "deliveries") != before+1 {
		t.Errorf("it is %s, %d webhooks more", a.State, w.count(t, "deliveries")-before)
	}
}

// pushAllOrNothing: a push that cannot be kept leaves no action behind, and one
// that is refused nothing of itself.
func pushAllOrNothing(t *testing.T, w *World) {
	r := w.RequestPush(w.SellerKey(77), true)
	before := w.footprint(t)
	r.Push.Body = append(r.Push.Body, '!')
	_, err := w.Service.Create(ctx, r)
	refused(t, err, approvals.CodeInvalid)
	same(t, "after a refused request", w.footprint(t), before)
	if w.count(t, "pushes") != 0 {
		t.Error("a push without an action")
	}
	_, err = w.Parts.Store.Create(ctx, approvals.Look{Seller: r.Seller.SellerKey, Kind: r.Kind, Now: w.Clock.Now()}, func(approvals.Seller, *approvals.Action, approvals.Signals) (approvals.Creation, error) {
		s := approvals.Seller{SellerKey: r.Seller.SellerKey, Contacts: r.Seller.Contacts, CreatedAt: w.Clock.Now()}
		draft := approvals.Draft{ID: approvals.ActionID(NewID()), Kind: r.Kind, Details: Canonical(t, Details), Fingerprint: "f", Push: &approvals.Push{}}
		c, err := approvals.Propose(draft, s, DefaultWaits.Decide(approvals.Facts{}), w.Clock.Now())
		return approvals.Creation{Seller: s, New: c}, err
	})
	if err == nil || !strings.Contains(err.Error(), "push") {
		t.Errorf("a push without a route: %v", err)
	}
	same(t, "after a push that cannot be kept", w.footprint(t), before)
}
