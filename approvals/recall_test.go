package approvals_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/risk"
)

// recalling is a policy that can be asked again, and says then what again makes of
// an ordinary decision.
type recalling struct {
	approvalstest.FixedWaits
	version string
	again   func(*approvals.Decision)
	silent  bool // records nothing of what it saw
	past    []approvals.PolicyVersion
}

func (p *recalling) Since(time.Time) []approvals.PolicyVersion {
	return append(slices.Clone(p.past), p)
}

func (p *recalling) Version() string { return p.version }

func (p *recalling) Decide(f approvals.Facts) approvals.Decision {
	d := p.FixedWaits.Decide(f)
	d.Version, d.Inputs = p.version, map[string]any{"has_device": true}
	if p.silent {
		d.Inputs = nil
	}
	return d
}

func (p *recalling) Judge(kind approvals.Kind, m approvals.Method, in map[string]any) approvals.Decision {
	d := p.Decide(approvals.Facts{Kind: kind})
	d.Wait, d.Inputs = map[approvals.Method]time.Duration{m: d.Wait[m]}, in
	p.again(&d)
	return d
}

func (p *recalling) Worse(recorded, _ map[string]any) map[string]any { return recorded }

// tightened are stricter policies, and what becomes of what waits for its second
// proof or its claim, both proofs being passkeys.
var tightened = map[string]struct {
	again func(*approvals.Decision)
	hold  approvals.HoldCode
}{
	"as strict":   {func(*approvals.Decision) {}, ""},
	"longer":      {func(d *approvals.Decision) { d.Wait[approvals.Passkey] = 1000 * time.Hour }, ""},
	"independent": {func(d *approvals.Decision) { d.Require = []approvals.Requirement{approvals.IndependentProof} }, ""},
	"review":      {func(d *approvals.Decision) { d.Outcome = approvals.Review }, approvals.HoldReview},
	"freeze":      {func(d *approvals.Decision) { d.Outcome = approvals.Freeze }, approvals.HoldFrozen},
	"deny":        {func(d *approvals.Decision) { d.Outcome = approvals.Deny }, approvals.HoldReview},
	"second": {
		func(d *approvals.Decision) { d.Require = []approvals.Requirement{approvals.SecondApprover} }, approvals.HoldReview,
	},
	"method": {func(d *approvals.Decision) { clear(d.Wait) }, approvals.HoldReview},
}

// TestRule12_TightenedReachesWindow: what waits for its confirmation is judged
// again by a policy that came into force since; what it holds is held with a case,
// and no deadline moves.
func TestRule12_TightenedReachesWindow(t *testing.T) {
	t.Parallel()
	for name, tt := range tightened {
		g, p := newRecalling()
		a := g.reach(t, approvals.AwaitingConfirmation)
		p.version, p.again = "b", tt.again
		err := g.forward(a)
		g.tightened(t, name, a, err, tt.hold, approvals.Approved, approvals.CodeState)
	}
}

// TestRule12_NothingRecorded: of an action that was decided on before anything was
// recorded, nobody knows what a new policy would say; its decision stands.
func TestRule12_NothingRecorded(t *testing.T) {
	t.Parallel()
	g, p := newRecalling()
	p.silent = true
	a := g.reach(t, approvals.AwaitingConfirmation)
	p.version, p.again = "b", tightened["freeze"].again
	err := g.forward(a)
	if b := g.reload(a); err != nil || b.State != approvals.Approved || b.Decision.Version != "a" {
		t.Errorf("%s, decided by %s, %v", b.State, b.Decision.Version, err)
	}
}

// TestRule12_TightenedReachesClaim: so is what is approved when it is claimed, and
// when the gateway itself sends it.
func TestRule12_TightenedReachesClaim(t *testing.T) {
	t.Parallel()
	for name, tt := range tightened {
		g, p := newRecalling()
		a := g.reach(t, approvals.Approved)
		p.version, p.again = "b", tt.again
		g.tightened(t, name, a, g.forward(a), tt.hold, approvals.Releasing, approvals.CodeNotApproved)

		w := newPushing(t, false)
		p = &recalling{version: "b", again: tt.again}
		w.Policy = p
		approved := w.action()
		approved.Decision.Inputs = map[string]any{"has_device": true}
		w.store.actions[w.id] = approved
		if err := w.push(); (err == nil) != (tt.hold == "") {
			t.Errorf("%s: push: %v", name, err)
		}
		if b := w.action(); (len(w.up.got) == 0) != (tt.hold != "") || b.Hold != tt.hold {
			t.Errorf("%s: the push is %s %s, and went out %d times", name, b.State, b.Hold, len(w.up.got))
		}
	}
}

// TestRule17_ForwardAsksThePolicy: a node that does not know which policy is in
// force takes no confirmation, no claim and no push.
func TestRule17_ForwardAsksThePolicy(t *testing.T) {
	t.Parallel()
	unknown := func() error { return approvals.Refuse(approvals.CodeUnavailable) }
	for _, at := range []approvals.State{approvals.AwaitingConfirmation, approvals.Approved} {
		g, _ := newRecalling()
		a := g.reach(t, at)
		g.Ruled = unknown
		if err := g.forward(a); code(err) != approvals.CodeUnavailable || g.reload(a).Version != a.Version {
			t.Errorf("%s: %v", at, err)
		}
	}
	w := newPushing(t, false)
	w.Policy, w.Ruled = &recalling{version: "b"}, unknown
	if err := w.push(); code(err) != approvals.CodeUnavailable {
		t.Errorf("push: %v", err)
	}
	w.is(approvals.Approved, 0)
}

// TestRule12_WorseIsRecorded: what was seen when an action was asked for is still
// on record after the first proof, where less was seen.
func TestRule12_WorseIsRecorded(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.Policy = risk.Default()
	g.store.signals = approvals.Signals{Alike: 1, HasDevice: true, HasPasskey: true}
	a := g.create(t)
	g.store.signals.Alike = 0
	g.store.signals.NoticeBounced = true
	if err := g.forward(a); err != nil {
		t.Fatal(err)
	}
	in := g.reload(a).Decision.Inputs
	if in["alike_24h"] != int64(1) || in["notice_bounced"] != true {
		t.Errorf("recorded: %v", in)
	}
}

func newRecalling() (*gateway, *recalling) {
	g, p := newGateway(), &recalling{FixedWaits: approvalstest.DefaultWaits, version: "a"}
	g.Policy = p
	return g, p
}

// tightened checks where an action stands after the next step under another policy.
func (g *gateway) tightened(t *testing.T, name string, was approvals.Action, err error, hold approvals.HoldCode, to approvals.State, refusal approvals.Code) {
	t.Helper()
	a := g.reload(was)
	if !a.NotBefore.Equal(was.NotBefore) || !a.ConfirmBy.Equal(was.ConfirmBy) || a.Decision.Version != "b" || !maps.Equal(a.Decision.Inputs, was.Decision.Inputs) {
		t.Errorf("%s: decided by %s, window %s to %s", name, a.Decision.Version, a.NotBefore, a.ConfirmBy)
	}
	if hold == "" {
		if err != nil || a.State != to {
			t.Errorf("%s: %s, %v", name, a.State, err)
		}
		return
	}
	if a.State != approvals.Held || a.Hold != hold || code(err) != refusal || len(a.Proofs) != len(was.Proofs) {
		t.Errorf("%s: %s %s, %v", name, a.State, a.Hold, err)
	}
	if !slices.Contains(g.store.cases, approvals.CaseReview) || len(g.store.refusals) != 1 {
		t.Errorf("%s: cases %v, refusals %v", name, g.store.cases, g.store.refusals)
	}
}
