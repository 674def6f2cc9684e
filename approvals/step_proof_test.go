package approvals_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// attempt is a call of StepUp or Confirm, made wrong in one way.
type attempt struct {
	action approvals.Action
	proof  approvals.Proof
	link   approvals.Link
	seller approvals.Seller
	now    time.Time
}

func stepUpAttempt(tb testing.TB) attempt {
	tb.Helper()
	a := reach(tb, approvals.AwaitingStepUp)
	return attempt{action: a, proof: proof(a, approvals.StageStepUp, approvals.Passkey, soon(a)), seller: seller, now: soon(a)}
}

func confirmAttempt(tb testing.TB) attempt {
	tb.Helper()
	a := reach(tb, approvals.AwaitingConfirmation)
	return attempt{action: a, proof: proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), link: link(a), seller: seller, now: soon(a)}
}

type attemptCase struct {
	name string
	spoil,
	also func(*attempt)
	want approvals.Code
}

// proofCases are wrong for either stage.
func proofCases() []attemptCase {
	return []attemptCase{
		{name: "right"},
		{name: "of another action", spoil: func(x *attempt) { x.proof.Action = "other" }, want: approvals.CodeProofOther},
		{name: "over another digest", spoil: func(x *attempt) { x.proof.Digest[31] ^= 1 }, want: approvals.CodeProofOther},
		{name: "of an older generation", spoil: func(x *attempt) { x.proof.Generation-- }, want: approvals.CodeProofOther},
		{name: "of a later generation", spoil: func(x *attempt) { x.proof.Generation++ }, want: approvals.CodeProofOther},
		{name: "of no stage", spoil: func(x *attempt) { x.proof.Stage = "" }, want: approvals.CodeProofOther},
		{name: "seller locked", spoil: func(x *attempt) { x.seller.Locked = true }, want: approvals.CodeSellerLocked},
		{name: "seller locked and freed since", spoil: func(x *attempt) { x.seller.LockEpoch++ }, want: approvals.CodeSellerLocked},
		{name: "passkey without user verification", spoil: func(x *attempt) { x.proof.UV = false }, want: approvals.CodeMethod},
		{name: "method the policy does not name", spoil: func(x *attempt) { x.proof.Method = "recovery_code" }, want: approvals.CodeMethod},
		{name: "method the policy dropped", spoil: func(x *attempt) {
			x.action.Decision.Wait = map[approvals.Method]time.Duration{approvals.TOTP: time.Hour}
		}, want: approvals.CodeMethod},
		{name: "other action, and locked", spoil: func(x *attempt) { x.proof.Action = "other" }, also: func(x *attempt) { x.seller.Locked = true }, want: approvals.CodeProofOther},
	}
}

func (c attemptCase) apply(x attempt) attempt {
	for _, change := range []func(*attempt){c.spoil, c.also} {
		if change != nil {
			change(&x)
		}
	}
	return x
}

// TestRule1_StepUpRefuses: the first proof has to be for this very action,
// digest, generation and stage, in time, by somebody active.
func TestRule1_StepUpRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range append(proofCases(),
		attemptCase{name: "a confirmation", spoil: func(x *attempt) { x.proof.Stage = approvals.StageConfirmation }, want: approvals.CodeProofOther},
		attemptCase{name: "at the last moment", spoil: func(x *attempt) { x.now = x.action.StepUpBy }},
		attemptCase{name: "too late, not swept yet", spoil: func(x *attempt) { x.now = x.action.StepUpBy.Add(1) }, want: approvals.CodeTooLate},
	) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := c.apply(stepUpAttempt(t))
			got, err := x.action.StepUp(x.proof, x.seller, x.now)
			checkAttempt(t, got, err, c.want, approvals.Notifying)
		})
	}
}

// TestRule1_ConfirmRefuses is the same for the second proof, which also has to
// come after the wait, inside the window and through the newest mailed link.
func TestRule1_ConfirmRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range append(append(proofCases(), confirmCases()...), linkCases()...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := c.apply(confirmAttempt(t))
			got, err := x.action.Confirm(x.proof, x.link, x.seller, x.now)
			checkAttempt(t, got, err, c.want, approvals.Approved)
		})
	}
}

func confirmCases() []attemptCase {
	return []attemptCase{
		{name: "a step-up", spoil: func(x *attempt) { x.proof.Stage = approvals.StageStepUp }, want: approvals.CodeProofOther},
		{name: "the step-up's own challenge or code", spoil: func(x *attempt) { x.proof.Spent = x.action.Proofs[0].Spent }, want: approvals.CodeProofSpent},
		{name: "a code after a passkey (rule 10)", spoil: func(x *attempt) { x.proof.Method, x.proof.UV = approvals.TOTP, false }, want: approvals.CodeMethod},
		{name: "a passkey after a code", spoil: func(x *attempt) { x.action.Proofs[0].Method = approvals.TOTP }},
		{name: "proved before not_before (EM-08)", spoil: func(x *attempt) { x.proof.At = x.action.NotBefore.Add(-1) }, want: approvals.CodeTooEarly},
		{name: "proved at not_before", spoil: func(x *attempt) { x.proof.At = x.action.NotBefore }},
		{name: "a node whose clock is behind", spoil: func(x *attempt) { x.now = x.action.NotBefore.Add(-1) }, want: approvals.CodeTooEarly},
		{name: "at the last moment", spoil: func(x *attempt) { x.now = x.action.ConfirmBy }, also: liveLink},
		{name: "window over, not swept yet", spoil: func(x *attempt) { x.now = x.action.ConfirmBy.Add(1) }, also: liveLink, want: approvals.CodeTooLate},
		{name: "proved after the window", spoil: func(x *attempt) { x.proof.At = x.action.ConfirmBy.Add(1) }, want: approvals.CodeTooLate},
	}
}

// liveLink keeps the link out of what is tried.
func liveLink(x *attempt) { x.link.ExpiresAt = x.now.Add(time.Hour) }

// linkCases: which link opened the page (RELIABILITY C2, C3, C7).
func linkCases() []attemptCase {
	return []attemptCase{
		{name: "no link", spoil: func(x *attempt) { x.link = approvals.Link{} }, want: approvals.CodeLinkUnknown},
		{name: "link of another action", spoil: func(x *attempt) { x.link.Action = "other" }, want: approvals.CodeLinkUnknown},
		{name: "stop link", spoil: func(x *attempt) { x.link.Purpose = approvals.StopLink }, want: approvals.CodeLinkUnknown},
		{name: "handoff link", spoil: func(x *attempt) { x.link.Purpose = approvals.HandoffLink }, want: approvals.CodeLinkUnknown},
		{name: "spent link", spoil: func(x *attempt) { x.link.SpentAt = x.now }, want: approvals.CodeLinkSpent},
		{name: "replaced link", spoil: func(x *attempt) { x.link.Replaced = true }, want: approvals.CodeLinkReplaced},
		{name: "older link, read before it was replaced", spoil: func(x *attempt) { x.link.Serial-- }, want: approvals.CodeLinkReplaced},
		{name: "expired link", spoil: func(x *attempt) { x.link.ExpiresAt = x.now }, want: approvals.CodeLinkExpired},
		{name: "link in its last moment", spoil: func(x *attempt) { x.link.ExpiresAt = x.now.Add(1) }},
		{name: "wrong proof and wrong link", spoil: func(x *attempt) { x.proof.Digest[0] ^= 1 }, also: func(x *attempt) { x.link.Replaced = true }, want: approvals.CodeProofOther},
	}
}

func checkAttempt(t *testing.T, got approvals.Change, err error, want approvals.Code, to approvals.State) {
	t.Helper()
	if code(err) != want {
		t.Fatalf("error %v, want %q", err, want)
	}
	if want != "" {
		if got.Action.Version != 0 || got.Proof != nil {
			t.Errorf("refused, and yet changes %+v", got)
		}
		return
	}
	if err != nil || got.Action.State != to || got.Proof == nil {
		t.Errorf("state %s, proof %v, error %v; want %s", got.Action.State, got.Proof, err, to)
	}
}

// TestTA11_ChangedBetweenTheProofs: a stored action that is no longer what was
// proved goes no further, whichever field somebody wrote over.
func TestTA11_ChangedBetweenTheProofs(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(*approvals.Action){
		"details":     func(a *approvals.Action) { a.Details = json.RawMessage(`{"to":` + oldAccount + `}`) },
		"seller":      func(a *approvals.Action) { a.Seller = "other" },
		"marketplace": func(a *approvals.Action) { a.Marketplace = "other" },
		"kind":        func(a *approvals.Action) { a.Kind = "loan.disbursement" },
		"created at":  func(a *approvals.Action) { a.CreatedAt = a.CreatedAt.Add(time.Microsecond) },
		"not JSON":    func(a *approvals.Action) { a.Details = json.RawMessage(`{`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := stepUpAttempt(t)
			tamper(&x.action)
			if _, err := x.action.StepUp(x.proof, x.seller, x.now); !errors.Is(err, approvals.ErrBroken) {
				t.Errorf("step-up: %v, want a broken assertion", err)
			}
			x = confirmAttempt(t)
			tamper(&x.action)
			if _, err := x.action.Confirm(x.proof, x.link, x.seller, x.now); !errors.Is(err, approvals.ErrBroken) {
				t.Errorf("confirm: %v, want a broken assertion", err)
			}
		})
	}
}

// TestProofsAreSpent: each proof goes to the store as spent, the links that
// led to it are spent, and an action remembers both proofs.
func TestProofsAreSpent(t *testing.T) {
	t.Parallel()
	x := stepUpAttempt(t)
	c := must(t)(x.action.StepUp(x.proof, x.seller, x.now))
	if c.Proof.Spent != x.proof.Spent || c.Spend != approvals.HandoffLink {
		t.Errorf("step-up spends %+v and %q links", c.Proof, c.Spend)
	}
	if want := x.now.Add(approvals.NotifyWindow); !c.Action.NotifyBy.Equal(want) || c.Action.Wait != 24*time.Hour {
		t.Errorf("notify by %v, want %v; wait %v", c.Action.NotifyBy, want, c.Action.Wait)
	}
	x = confirmAttempt(t)
	c = must(t)(x.action.Confirm(x.proof, x.link, x.seller, x.now))
	if c.Proof.Spent != x.proof.Spent || c.Spend != approvals.ConfirmLink || len(c.Action.Proofs) != 2 {
		t.Errorf("confirmation spends %+v and %q links, %d proofs", c.Proof, c.Spend, len(c.Action.Proofs))
	}
	if want := x.now.Add(approvals.ClaimWindow); !c.Action.ClaimBy.Equal(want) {
		t.Errorf("claim by %v, want %v", c.Action.ClaimBy, want)
	}
}

// TestWaitIsByMethod (NI-03): 24 hours with a passkey, 72 with a code, and never less
// than nothing.
func TestWaitIsByMethod(t *testing.T) {
	t.Parallel()
	for method, want := range map[approvals.Method]time.Duration{approvals.Passkey: 24 * time.Hour, approvals.TOTP: 72 * time.Hour} {
		a := reach(t, approvals.AwaitingStepUp)
		a = must(t)(a.StepUp(proof(a, approvals.StageStepUp, method, soon(a)), seller, soon(a))).Action
		a = notices(t, a, seller)
		if got := a.NotBefore.Sub(a.MovedAt); got != want {
			t.Errorf("%s waits %v, want %v", method, got, want)
		}
	}
	a := reach(t, approvals.AwaitingStepUp)
	a.Decision = approvalstest.FixedWaits{PasskeyWait: -time.Hour}.Decide(approvals.Facts{})
	a = must(t)(a.StepUp(proof(a, approvals.StageStepUp, approvals.Passkey, soon(a)), seller, soon(a))).Action
	if a = notices(t, a, seller); a.NotBefore.Before(a.MovedAt) {
		t.Errorf("a negative wait ends at %v, before it began at %v", a.NotBefore, a.MovedAt)
	}
}
