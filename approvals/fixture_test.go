package approvals_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// t0 is when the fixtures' actions are created.
var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	oldAccount = `{"holder":"Francesca Conti","iban":"IT60X0542811101000000123456"}`
	newAccount = `{"holder":"Francesca Conti","iban":"NL91ABNA0417164300"}`
	details    = `{"from":` + oldAccount + `,"to":` + newAccount + `}`
)

var (
	agent  = audit.Actor{Type: audit.Agent, ID: "agent-1"}
	market = audit.Actor{Type: audit.Marketplace, ID: "bottega"}
	seller = approvals.Seller{
		SellerKey: approvals.SellerKey{Marketplace: "bottega", Seller: "seller-1"},
		Name:      "Francesca Conti", LockEpoch: 3, CreatedAt: t0.Add(-time.Hour),
		Contacts: []approvals.Contact{{Email: "francesca@example.it", Since: t0}},
	}
)

// mustDraft is a new action before it has a state.
func mustDraft(tb testing.TB) approvals.Draft {
	tb.Helper()
	canonical, err := approvals.ParseDetails(approvals.PayoutAccountChange, []byte(details))
	if err != nil {
		tb.Fatalf("parse details: %v", err)
	}
	return approvals.Draft{
		ID: "01939c1e-0000-7000-8000-000000000001", Kind: approvals.PayoutAccountChange, Details: canonical,
		Fingerprint: "f1", ReturnURL: "https://bottega.example/back",
	}
}

func defaultDecision() approvals.Decision {
	return approvalstest.DefaultWaits.Decide(approvals.Facts{})
}

// propose makes the fixture action of a seller.
func propose(tb testing.TB, s approvals.Seller) approvals.Change {
	tb.Helper()
	return must(tb)(approvals.Propose(mustDraft(tb), s, defaultDecision(), t0))
}

// must returns the change of a step that has to succeed.
func must(tb testing.TB) func(approvals.Change, error) approvals.Change {
	return func(c approvals.Change, err error) approvals.Change {
		tb.Helper()
		if err != nil {
			tb.Fatalf("step: %v", err)
		}
		return c
	}
}

// proof is a good proof for a at this stage and time.
func proof(a approvals.Action, s approvals.Stage, m approvals.Method, at time.Time) approvals.Proof {
	return approvals.Proof{
		ID: "proof-" + string(s), Action: a.ID, Generation: a.Generation, Stage: s, Method: m, Authenticator: "authenticator-1",
		Digest: a.Digest, UV: m == approvals.Passkey, Spent: fmt.Sprintf("spent-%s-%d", s, a.Generation), At: at,
	}
}

// link is the newest confirmation link of a, as the store would find it.
func link(a approvals.Action) approvals.Link {
	return approvals.Link{Action: a.ID, Purpose: approvals.ConfirmLink, Serial: a.ConfirmSerial, ExpiresAt: a.MovedAt.Add(approvals.ConfirmLife)}
}

// gate is open at the time a moved last.
func gate(a approvals.Action) approvals.Gate { return approvals.Gate{ClockMark: a.MovedAt} }

// soon is a moment after the last thing that happened to a.
func soon(a approvals.Action) time.Time { return a.MovedAt.Add(time.Minute) }

// notices tells every contact of a that is not told yet.
func notices(tb testing.TB, a approvals.Action, s approvals.Seller) approvals.Action {
	tb.Helper()
	for i, n := range a.Contacts {
		if n.AcceptedAt.IsZero() {
			done := approvals.MailDone{ID: fmt.Sprint("mail-", i), At: soon(a)}
			a = must(tb)(a.NoticeAccepted(n.Email, done, s)).Action
		}
	}
	return a
}

// forward takes a along the good way with a passkey until it is in state to.
func forward(tb testing.TB, a approvals.Action, s approvals.Seller, to approvals.State) approvals.Action {
	tb.Helper()
	step := must(tb)
	for tries := 0; a.State != to; tries++ {
		if tries > len(approvals.States) {
			tb.Fatalf("stuck in %s on the way to %s", a.State, to)
		}
		switch a.State {
		case approvals.AwaitingStepUp:
			a = step(a.StepUp(proof(a, approvals.StageStepUp, approvals.Passkey, soon(a)), s, soon(a))).Action
		case approvals.Notifying:
			a = notices(tb, a, s)
		case approvals.CoolingOff:
			a = step(a.Due(s, a.NotBefore)).Action
		case approvals.AwaitingConfirmation:
			a = step(a.Confirm(proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), link(a), s, soon(a))).Action
		case approvals.Approved:
			a = step(a.ClaimFor(a.Details, s, gate(a), soon(a))).Action
		case approvals.Releasing:
			a = step(a.Report(approvals.Result{Outcome: approvals.ResultExecuted, Reference: "tx-1"}, soon(a))).Action
		default:
			tb.Fatalf("no good way from %s to %s", a.State, to)
		}
	}
	return a
}

// reach returns the fixture action in the given state, got there by legal steps.
func reach(tb testing.TB, to approvals.State) approvals.Action {
	tb.Helper()
	step, a := must(tb), propose(tb, seller).Action
	switch to {
	case approvals.Held:
		a = forward(tb, a, seller, approvals.AwaitingConfirmation)
		return step(a.HoldFor(approvals.HoldAgent, agent, soon(a))).Action
	case approvals.Cancelled:
		return step(a.CancelFor(approvals.ChangedMind, a.SellerActor(), soon(a))).Action
	case approvals.Denied:
		d := defaultDecision()
		d.Outcome = approvals.Deny
		return step(approvals.Propose(mustDraft(tb), seller, d, t0)).Action
	case approvals.Expired:
		return step(a.Due(seller, a.StepUpBy)).Action
	case approvals.Failed:
		return step(a.Fail(soon(a))).Action
	case approvals.ExecutionFailed:
		a = forward(tb, a, seller, approvals.Releasing)
		return step(a.Report(approvals.Result{Outcome: approvals.ResultFailed, Error: "bank closed"}, soon(a))).Action
	case approvals.Unresolved:
		a = forward(tb, a, seller, approvals.Releasing)
		return step(a.Due(seller, a.ResultBy)).Action
	default:
		return forward(tb, a, seller, to)
	}
}

// code is the refusal in err, "" for none.
func code(err error) approvals.Code {
	if e := refusal(err); e != nil {
		return e.Code
	}
	return ""
}

func refusal(err error) *approvals.Error {
	e, _ := errors.AsType[*approvals.Error](err)
	return e
}

// copyOf returns a that shares no memory with it.
func copyOf(tb testing.TB, a approvals.Action) approvals.Action {
	tb.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		tb.Fatalf("copy action: %v", err)
	}
	var out approvals.Action
	if err := json.Unmarshal(raw, &out); err != nil {
		tb.Fatalf("copy action: %v", err)
	}
	return out
}
