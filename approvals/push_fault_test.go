package approvals_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

// TestF06_F07_OwnerDies: a worker that dies after its claim, before it sent, while
// it did or before it wrote the answer down, looks the same to everybody else.
// Idempotent: once its lease is over, the same is sent again under the same key.
// Otherwise nobody knows, and people decide.
func TestF06_F07_OwnerDies(t *testing.T) {
	t.Parallel()
	for _, idempotent := range []bool{true, false} {
		p := newPushing(t, idempotent)
		p.dies()
		p.is(approvals.Releasing, 1)
		p.pass(approvals.PushLease - time.Microsecond)
		if err := p.push(); !errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("taken over inside the lease: %v", err)
		}
		p.pass(time.Microsecond)
		err := p.push()
		if !idempotent {
			p.is(approvals.Unresolved, 1)
			p.nothingDue()
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		p.is(approvals.Executed, 2)
		if p.up.got[0].ReleaseID != p.up.got[1].ReleaseID || p.action().Push.Attempts[0].Result != approvals.PushUnknown {
			t.Errorf("first %+v, then %+v", p.up.got[0], p.up.got[1])
		}
	}
}

// TestF08_AnswerLost: the upstream did it, and our own record of that was lost.
// Idempotent: it says "already" to the second attempt.
func TestF08_AnswerLost(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	failing := *p.sender.Service
	failing.Store = &dropsUpdates{Store: p.store}
	lost := *p.sender
	lost.Service = &failing
	if err := lost.Push(t.Context(), string(p.id)); err == nil {
		t.Fatal("the record was not lost")
	}
	p.is(approvals.Releasing, 1)
	p.again()
	p.comes(approvals.PushOutcome{Result: approvals.PushExecuted, Status: 409})
	p.is(approvals.Executed, 2)
}

// dropsUpdates is a store whose Update fails.
type dropsUpdates struct{ approvals.Store }

func (*dropsUpdates) Update(context.Context, approvals.ActionKey, func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, approvals.Refuse(approvals.CodeUnavailable)
}

// TestF30_NotSentIsTriedAgain: what provably did not leave is tried again on every
// route, twelve times over about three days, and has failed then.
func TestF30_NotSentIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, idempotent := range []bool{true, false} {
		p := newPushing(t, idempotent)
		began := p.now
		for p.again() {
			p.comes(notSent)
		}
		p.is(approvals.ExecutionFailed, 12)
		p.nothingDue()
		if took := p.action().MovedAt.Sub(began); took < 60*time.Hour || took > 84*time.Hour {
			t.Errorf("given up after %v", took)
		}
	}
}

// TestF31_F34_GivenUpAfterTwelve: an idempotent push that nobody answers goes to
// people after twelve attempts.
func TestF31_F34_GivenUpAfterTwelve(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	for i := range 12 {
		if !p.again() {
			t.Fatalf("given up after %d", i)
		}
		p.comes(unknown)
	}
	p.is(approvals.Unresolved, 12)
	p.nothingDue()
	// One that may have been sent is enough, whatever the others were.
	p = newPushing(t, true)
	p.comes(unknown)
	for p.again() {
		p.comes(notSent)
	}
	p.is(approvals.Unresolved, 12)
}

// TestF36_RetryAfter: what the upstream asks for is heard inside [1 s, 6 h], and
// never shortens our own wait.
func TestF36_RetryAfter(t *testing.T) {
	t.Parallel()
	for asked, want := range map[time.Duration]time.Duration{
		0: 10 * time.Second, -1: 10 * time.Second, time.Second: 10 * time.Second, 90 * time.Second: 90 * time.Second,
		6 * time.Hour: 6 * time.Hour, 7 * time.Hour: 6 * time.Hour, 10 * 365 * 24 * time.Hour: 6 * time.Hour,
	} {
		p := newPushing(t, true)
		a := p.comes(approvals.PushOutcome{Result: approvals.PushUnknown, Status: 429, RetryAfter: asked})
		if got := a.Push.NextAt.Sub(p.now); got != want {
			t.Errorf("asked for %v: again in %v, want %v", asked, got, want)
		}
	}
}

// TestF42_PausedOwner: a node that stands still after its claim sends nothing when
// it goes on, and says so; what another node did meanwhile stays.
func TestF42_PausedOwner(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	other := &upstream{answer: doneOut}
	paused := *p.sender
	reads := 0
	paused.Gate = func(context.Context) (approvals.Gate, error) {
		if reads++; reads == 1 { // the pause: ten minutes in which another node works
			p.pass(10 * time.Minute)
			if err := p.senderOf(other).Push(t.Context(), string(p.id)); err != nil {
				t.Errorf("the other node: %v", err)
			}
		}
		return p.store.gate, nil
	}
	if err := paused.Push(t.Context(), string(p.id)); err != nil {
		t.Fatal(err)
	}
	p.is(approvals.Executed, 0)
	if len(other.got) != 1 || other.got[0].Attempt != 2 {
		t.Errorf("the other node sent %+v", other.got)
	}
	last := p.store.refusals[len(p.store.refusals)-1]
	if last.Verb != "push_late" || last.Data["attempt"] != "1" || last.Data["outcome"] != "not_sent" {
		t.Errorf("the late word is logged as %+v", last)
	}
}

// TestM11_LateResult: an answer that comes after the lease was taken over settles
// what nobody knew; it changes nothing that is settled.
func TestM11_LateResult(t *testing.T) {
	t.Parallel()
	for result, want := range map[approvals.PushResult]approvals.State{
		approvals.PushExecuted: approvals.Executed, approvals.PushFailed: approvals.ExecutionFailed,
		approvals.PushUnknown: approvals.Unresolved, approvals.PushNotSent: approvals.Unresolved,
	} {
		p := newPushing(t, false)
		second := p.senderOf(&upstream{answer: doneOut})
		p.up.during = func() {
			p.pass(approvals.PushLease)
			_ = second.Push(t.Context(), string(p.id))
			p.is(approvals.Unresolved, 1)
		}
		p.comes(approvals.PushOutcome{Result: result, Status: 200})
		p.is(want, 1)
	}
	p := newPushing(t, true)
	p.up.during = func() {
		p.pass(approvals.PushLease)
		if err := p.senderOf(&upstream{answer: refusedOut}).Push(t.Context(), string(p.id)); err != nil {
			t.Error(err)
		}
	}
	p.comes(doneOut)
	p.is(approvals.Executed, 1)
	p = newPushing(t, true) // late, while the next attempt waits for its time
	p.up.during = func() {
		p.pass(approvals.PushLease)
		if err := p.senderOf(&upstream{answer: unknown}).Push(t.Context(), string(p.id)); err != nil {
			t.Error(err)
		}
	}
	p.comes(doneOut)
	p.is(approvals.Executed, 1)
	p.nothingDue()
}

// TestF32_RefusedAfterUnknown: a refusal of one attempt says nothing about what
// an earlier one did: people decide.
func TestF32_RefusedAfterUnknown(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	p.comes(unknown)
	p.again()
	p.comes(refusedOut)
	p.is(approvals.Unresolved, 2)
	p.nothingDue()
	p = newPushing(t, true)
	p.comes(notSent)
	p.again()
	p.comes(refusedOut)
	p.is(approvals.ExecutionFailed, 2)
}

// TestPush_Reported: the marketplace's own word settles what nobody knew, and
// what is being sent.
func TestPush_Reported(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[approvals.ReportedOutcome]approvals.State{
		approvals.ResultExecuted: approvals.Executed, approvals.ResultFailed: approvals.ExecutionFailed,
	} {
		p := newPushing(t, false)
		a := p.comes(unknown)
		if _, err := p.Report(t.Context(), a.Key(), approvals.Result{Outcome: outcome}, nil); err != nil {
			t.Errorf("unresolved, then %s: %v", outcome, err)
		}
		p.is(want, 1)
		p.nothingDue()

		q := newPushing(t, true)
		q.up.during = func() {
			if _, err := q.Report(t.Context(), q.action().Key(), approvals.Result{Outcome: outcome}, nil); err != nil {
				t.Errorf("while it is sent, %s: %v", outcome, err)
			}
		}
		q.comes(unknown)
		q.is(want, 1)
		q.nothingDue()
	}
}

// TestI6_NotAfterItsClaim: when the claim is over nothing is sent any more, also
// before the sweeper came by.
func TestI6_NotAfterItsClaim(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	a := p.comes(notSent)
	p.pass(a.ClaimBy.Sub(p.now) + time.Microsecond)
	if err := p.push(); !errors.Is(err, approvals.ErrNotDue) {
		t.Error(err)
	}
	p.is(approvals.ExecutionFailed, 1)
}

// TestPush_NobodyWorksOnIt: a release whose attempts stand still does not end by
// time before its claim does, and then as what is known of it (L1).
func TestPush_NobodyWorksOnIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		outcome approvals.PushOutcome
		want    approvals.State
	}{"never sent": {notSent, approvals.ExecutionFailed}, "perhaps sent": {unknown, approvals.Unresolved}} {
		p := newPushing(t, true)
		a := p.comes(tt.outcome)
		for day := range 8 {
			p.pass(24 * time.Hour)
			if _, err := p.Sweep(t.Context(), p.store, 10); err != nil {
				t.Fatal(err)
			}
			if now := p.action(); now.State != approvals.Releasing && !p.now.After(a.ClaimBy) {
				t.Fatalf("%s: it is %s after %d days", name, now.State, day+1)
			}
		}
		p.is(tt.want, 1)
	}
	p := newPushing(t, false)
	p.dies()
	p.pass(5 * 24 * time.Hour)
	if _, err := p.Sweep(t.Context(), p.store, 10); err != nil {
		t.Fatal(err)
	}
	p.is(approvals.Unresolved, 1)
}
