package approvaldb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// waits is the compiled-in policy with other hours for a change of account.
func waits(old, hours string) []byte {
	return []byte(strings.Replace(string(risk.Default().Source()), old, hours, 1))
}

// usual is the table's row for a change of account.
const usual = `    - low: {hours: 24}
      medium: {hours: 72}
      high: {hours: 168, require: [independent_proof], advice: [pause_payouts]}
      critical: {hours: 168, require: [independent_proof], outcome: freeze, advice: [pause_payouts]}`

// reviewed is that row with two people for everything.
var reviewed = strings.NewReplacer(
	"hours: 24}", "hours: 24, outcome: review}", "hours: 72}", "hours: 72, outcome: review}", "advice: [pause_payouts]}\n", "outcome: review, advice: [pause_payouts]}\n",
).Replace(usual)

// follows is a gateway that decides by what is in force.
func (r *room) follows() *desk.InForce {
	f := desk.NewInForce(r.Policies, 1)
	r.ok(f.Follow(r.t.Context()))
	r.Service.Policy, r.Service.Ruled = f, f.Known
	return f
}

// creates is an action of a new seller who is to be paid into an account that
// nobody else named.
func (r *room) creates(n int64, iban string) approvals.Action {
	r.t.Helper()
	q := r.Request(r.SellerKey(1000 + n))
	q.Details = []byte(strings.Replace(approvalstest.Details, "GB33BUKB20201555555555", iban, 1))
	a, err := r.Service.Create(r.t.Context(), q)
	r.ok(err)
	return a
}

// sweep makes what is due.
func (r *room) sweep() {
	r.t.Helper()
	_, err := r.Service.Sweep(r.t.Context(), r.Parts.Waker, 100)
	r.ok(err)
}

// policy_downgrade_midflight (THREATS B11): an open action keeps the wait it began
// with, however mild the policy has become.
func TestRule12_PolicyDowngradeMidflight(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	f, ctx := r.follows(), t.Context()
	a := r.DriveOn(t, r.Create(t), approvals.CoolingOff)
	mild, err := r.Draft(ctx, waits(usual, strings.NewReplacer("24", "1", "72", "2", "168", "3").Replace(usual)))
	r.ok(err)
	if len(mild.Milder) == 0 {
		t.Fatal("shorter waits are not milder")
	}
	r.refused(r.Apply(ctx, mild, audit.Actor{Type: audit.Operator}), approvals.CodeTwoAdmins)
	r.ok(r.Propose(ctx, mild, sign(ada, mild, desk.Propose)))
	r.ok(r.Approve(ctx, 1, sign(bob, *r.stand(0, desk.Proposed).Open, desk.Approve)))
	r.Clock.Set(a.NotBefore.Add(-time.Microsecond))
	r.ok(f.Follow(ctx))
	if wait := a.NotBefore.Sub(a.CreatedAt); wait < desk.LoosenAfter || f.Number() != 1 {
		t.Fatalf("policy %d decides after a wait of %s", f.Number(), wait)
	}
	r.sweep()
	if b := r.Read(t, a); b.State != approvals.CoolingOff || !b.NotBefore.Equal(a.NotBefore) {
		t.Fatalf("%s until %s, want until %s", b.State, b.NotBefore, a.NotBefore)
	}
	if b := r.creates(1, "DE89370400440532013000"); b.Decision.Wait[approvals.Passkey] >= a.Decision.Wait[approvals.Passkey] {
		t.Errorf("what is asked for now waits %s", b.Decision.Wait[approvals.Passkey])
	}
	r.Clock.Set(a.NotBefore)
	r.sweep()
	if b := r.Read(t, a); b.State != approvals.AwaitingConfirmation {
		t.Fatalf("%s at the end of its wait", b.State)
	}
}

// A stricter policy that came and was taken back, by two admins and a day, is asked
// all the same of what was open in between: of what waits and of what is approved, by
// a node that was started when it was over. What is asked for later knows nothing of
// it.
func TestRule12_PolicyDowngradeMidflight_back(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	r.follows()
	ctx := t.Context()
	approved := r.DriveOn(t, r.creates(2, "FR1420041010050500013M02606"), approvals.Approved)
	waiting := r.DriveOn(t, r.creates(1, "DE89370400440532013000"), approvals.CoolingOff)
	tight, err := r.Draft(ctx, waits(usual, reviewed))
	r.ok(err)
	r.ok(r.Apply(ctx, tight, audit.Actor{Type: audit.Operator}))
	back, err := r.Draft(ctx, risk.Default().Source())
	r.ok(err)
	r.ok(r.Propose(ctx, back, sign(ada, back, desk.Propose)))
	r.ok(r.Approve(ctx, 2, sign(bob, *r.stand(1, desk.Proposed).Open, desk.Approve)))
	r.Clock.Advance(desk.LoosenAfter - time.Hour)
	r.stand(1, desk.Scheduled)
	r.Clock.Advance(time.Hour)
	f := r.follows()
	if f.Number() != 2 {
		t.Fatalf("policy %d is in force", f.Number())
	}
	_, err = r.Service.Claim(ctx, approved.Key(), approved.Details, nil)
	r.refused(err, approvals.CodeNotApproved)
	r.Clock.Set(waiting.NotBefore)
	r.sweep()
	for _, was := range []approvals.Action{approved, waiting} {
		a := r.Read(t, was)
		if a.State != approvals.Held || a.Hold != approvals.HoldReview || !slices.Contains(a.Decision.Asked, tight.Name) || a.Decision.Version != f.Version() {
			t.Errorf("%s became %s %s: %s after %v", was.State, a.State, a.Hold, a.Decision.Version, a.Decision.Asked)
		}
	}
	later := r.DriveOn(t, r.creates(4, "BE68539007547034"), approvals.CoolingOff)
	if slices.Contains(later.Decision.Asked, tight.Name) || later.Decision.Outcome != approvals.Allow {
		t.Errorf("what came later is asked by %v: %s", later.Decision.Asked, later.Decision.Outcome)
	}
}

// The other way: an action that waits is asked for what a stricter policy asks,
// and when it asks for two people, is held.
func TestRule12_PolicyUpgradeMidflight(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	f, ctx := r.follows(), t.Context()
	a := r.DriveOn(t, r.Create(t), approvals.CoolingOff)
	apply := func(hours string) {
		t.Helper()
		d, err := r.Draft(ctx, waits(usual, hours))
		if e, wrong := errors.AsType[*approvals.Error](err); wrong {
			t.Fatal(e.Fields)
		}
		r.ok(err)
		r.ok(r.Apply(ctx, d, audit.Actor{Type: audit.Operator}))
		r.ok(f.Follow(ctx))
	}
	longer := strings.NewReplacer("24", "400", "72", "400", "168", "400").Replace(usual)
	apply(longer)
	r.Clock.Set(a.NotBefore)
	r.sweep()
	b := r.Read(t, a)
	if want := a.NotBefore.Add(400*time.Hour - a.Wait); b.State != approvals.CoolingOff || !b.NotBefore.Equal(want) {
		t.Fatalf("%s until %s, want until %s", b.State, b.NotBefore, want)
	}
	if d := b.Decision; d.Version != f.Version() || len(d.Inputs) == 0 {
		t.Errorf("decided by %s on %d signals", d.Version, len(d.Inputs))
	}
	apply(strings.NewReplacer("{hours: 400}", "{hours: 400, outcome: review}", "advice: [pause_payouts]}\n", "outcome: review, advice: [pause_payouts]}\n").Replace(longer))
	r.Clock.Set(b.NotBefore)
	r.sweep()
	if c := r.Read(t, a); c.State != approvals.Held || c.Hold != approvals.HoldReview {
		t.Fatalf("%s, %s", c.State, c.Hold)
	}
}

// A policy that is tightened while an incident lasts reaches what waits for its
// second proof, and what is approved.
func TestRule12_PolicyUpgradeMidflight_forward(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	f, ctx := r.follows(), t.Context()
	approved := r.DriveOn(t, r.creates(2, "FR1420041010050500013M02606"), approvals.Approved)
	waiting := r.DriveOn(t, r.creates(1, "DE89370400440532013000"), approvals.AwaitingConfirmation)
	d, err := r.Draft(ctx, waits(usual, reviewed))
	r.ok(err)
	r.ok(r.Apply(ctx, d, audit.Actor{Type: audit.Operator}))
	r.ok(f.Follow(ctx))
	_, err = r.Service.Confirm(ctx, waiting.Key(), r.ConfirmLink(waiting), r.Proof(waiting, approvals.StageConfirmation))
	r.refused(err, approvals.CodeState)
	_, err = r.Service.Claim(ctx, approved.Key(), approved.Details, nil)
	r.refused(err, approvals.CodeNotApproved)
	for _, was := range []approvals.Action{waiting, approved} {
		if a := r.Read(t, was); a.State != approvals.Held || a.Hold != approvals.HoldReview || a.Decision.Version != f.Version() {
			t.Errorf("%s became %s %s, decided by %s", was.State, a.State, a.Hold, a.Decision.Version)
		}
	}
}

// A node that cannot tell which policy is in force decides nothing, until it can.
func TestRule17_PolicyUnknown(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	f := desk.NewInForce(r.Policies, 1)
	r.Service.Policy, r.Service.Ruled = f, f.Known
	key := r.SellerKey(1)
	unknown := func(what string) {
		t.Helper()
		if _, err := r.Service.Create(t.Context(), r.Request(key)); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	unknown("before the first look")
	r.ok(f.Follow(t.Context()))
	a := r.creates(1, "DE89370400440532013000")
	waiting := r.DriveOn(t, r.Create(t), approvals.CoolingOff)
	bad := r.draft("not a policy")
	r.ok(r.Apply(t.Context(), bad, audit.Actor{Type: audit.Operator}))
	if err := f.Follow(t.Context()); err == nil {
		t.Fatal("took over what does not compile")
	}
	unknown("a source that does not compile")
	if _, err := r.Service.StepUp(t.Context(), a.Key(), r.Proof(a, approvals.StageStepUp)); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		t.Errorf("a first proof: %v", err)
	}
	r.Clock.Set(waiting.NotBefore)
	_, _ = r.Service.Sweep(t.Context(), r.Parts.Waker, 100)
	if got := r.Read(t, waiting).State; got != approvals.CoolingOff {
		t.Errorf("a window opened: %s", got)
	}
	if _, err := r.Service.Cancel(t.Context(), waiting.Key(), approvals.ChangedMind, waiting.SellerActor()); err != nil {
		t.Errorf("stopping asks no policy: %v", err)
	}
	good, err := r.Store.Standing(t.Context())
	r.ok(err)
	d := desk.Version{Name: "d", Source: risk.Default().Source(), Base: good.Effective.Number}
	d.Hash = r.draft(string(d.Source)).Hash
	r.ok(r.Apply(t.Context(), d, audit.Actor{Type: audit.Operator}))
	if err := f.Follow(t.Context()); err == nil { // the one in between cannot be asked any more
		t.Error("says nothing of a version that does not compile")
	}
	r.ok(f.Known())
	if all := f.Since(a.CreatedAt); len(all) != 2 || all[0].Judge(a.Kind, approvals.Passkey, nil).Outcome != approvals.Review {
		t.Errorf("what was open under it is asked by %v", all)
	}
	r.DriveOn(t, r.creates(2, "FR1420041010050500013M02606"), approvals.Notifying)
}
