package approvals_test

import (
	"testing"
	"time"

	"countersign/approvals"
)

// TestClaimAgainAfterFailure: the same action, the same release id, a new claim
// with its own time to report, until claim_by.
func TestClaimAgainAfterFailure(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.ExecutionFailed)
	now := a.MovedAt.Add(3 * time.Hour)
	c := must(t)(a.ClaimFor(a.Details, seller, gate(a), now.Add(-2*time.Hour)))
	b := c.Action
	if b.State != approvals.Releasing || b.Claims != 2 || b.ReleaseID() != a.ReleaseID() || c.Claim.Number != 2 {
		t.Errorf("%s, claim %d %+v, release id %s after %s", b.State, b.Claims, c.Claim, b.ReleaseID(), a.ReleaseID())
	}
	if want := b.ClaimedAt.Add(approvals.ResultWindow); !b.ResultBy.Equal(want) || !b.DueAt().Equal(want) {
		t.Errorf("result by %v, due %v, want %v", b.ResultBy, b.DueAt(), want)
	}
	if b.ResultBy.Equal(a.ResultBy) {
		t.Error("the second claim keeps the first one's deadline")
	}
	if !b.ClaimBy.Equal(a.ClaimBy) {
		t.Errorf("claim by %v after %v", b.ClaimBy, a.ClaimBy)
	}
	late := a.ClaimBy.Add(1)
	if _, err := a.ClaimFor(a.Details, seller, approvals.Gate{ClockMark: late}, late); code(err) != approvals.CodeClaimExpired {
		t.Errorf("again after claim_by: %v", err)
	}
}

// TestRule13_FailedReleaseThenLock: a release that failed cannot be claimed
// again once the seller was locked, not even after the lock is lifted.
func TestRule13_FailedReleaseThenLock(t *testing.T) {
	t.Parallel()
	a, s := reach(t, approvals.ExecutionFailed), seller
	s.LockEpoch++
	for _, locked := range []bool{true, false} {
		s.Locked = locked
		if _, err := a.ClaimFor(a.Details, s, gate(a), soon(a)); code(err) != approvals.CodeSellerLocked {
			t.Errorf("locked %v: %v", locked, err)
		}
	}
}

// TestReport: the result's words go into the audit log, and only an executed
// action is told about.
func TestReport(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Releasing)
	c := must(t)(a.Report(approvals.Result{Outcome: approvals.ResultExecuted, Reference: "tx-9"}, soon(a)))
	if c.Event.Data["outcome"] != "executed" || c.Event.Data["reference"] != "tx-9" || len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailExecuted {
		t.Errorf("event %+v, mails %+v", c.Event, c.Mails)
	}
	c = must(t)(a.Report(approvals.Result{Outcome: approvals.ResultFailed, Error: "account closed"}, soon(a)))
	if c.Event.Data["error"] != "account closed" || len(c.Mails) != 0 {
		t.Errorf("event %+v, mails %+v", c.Event, c.Mails)
	}
	for _, outcome := range []approvals.ReportedOutcome{"", "Executed", "done", "unknown"} {
		got, err := a.Report(approvals.Result{Outcome: outcome}, soon(a))
		if code(err) != approvals.CodeInvalid || got.Action.Version != 0 {
			t.Errorf("outcome %q: %s, %v", outcome, got.Action.State, err)
		}
	}
}

// TestLateResult settles what nobody knew (never a blind retry).
func TestLateResult(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Unresolved)
	if _, err := a.ClaimFor(a.Details, seller, gate(a), soon(a)); code(err) != approvals.CodeAlreadyClaimed {
		t.Errorf("an unresolved release claimed again: %v", err)
	}
	failed := must(t)(a.Report(approvals.Result{Outcome: approvals.ResultFailed}, soon(a))).Action
	if c := must(t)(failed.ClaimFor(a.Details, seller, gate(failed), soon(failed))); c.Action.ReleaseID() != a.ReleaseID() {
		t.Errorf("release id %s after %s", c.Action.ReleaseID(), a.ReleaseID())
	}
}

// TestRule9_OldAccountFirst (PS-13): the old account is paid in every state but
// executed, and no account where there was none.
func TestRule9_OldAccountFirst(t *testing.T) {
	t.Parallel()
	for _, s := range approvals.States {
		a := reach(t, s)
		d, err := a.EffectiveDestination()
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		want := "IT60X0542811101000000123456"
		if s == approvals.Executed {
			want = "NL91ABNA0417164300"
		}
		if d == nil || d.IBAN != want {
			t.Errorf("%s: paid into %v, want the one ending %s", s, d, want[len(want)-4:])
		}
	}
	a := reach(t, approvals.CoolingOff)
	a.Details = []byte(`{"to":` + newAccount + `}`)
	if d, err := a.EffectiveDestination(); d != nil || err != nil {
		t.Errorf("a first account that waits: paid into %v, %v", d, err)
	}
}
