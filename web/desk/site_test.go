package desk_test

import (
	"strings"
	"testing"
	"time"

	"countersign/approvals/audit"
	policy "countersign/approvals/desk"
	"countersign/approvals/risk"
	"countersign/auth"
	"countersign/auth/authtest"
)

// milder and tighter are the compiled-in policy with other hours.
func withHours(hours string) string {
	return strings.ReplaceAll(string(risk.Default().Source()), "low: {hours: 24}", "low: {hours: "+hours+"}")
}

// propose writes a policy, and signs it.
func (b *browser) propose(source string) seen {
	b.o.t.Helper()
	b.press(b.get("/desk/policy/new").want(200, ""), "/desk/policy/new", "source", strings.ReplaceAll(source, "\n", "\r\n")).want(303, "/desk/sign")
	return b.prove(b.get("/desk/sign").want(200, ""), "/desk/sign")
}

// stand checks what is in force and what is on its way.
func (o *office) stand(effective int, open policy.State) policy.Standing {
	o.t.Helper()
	s, err := o.policies.Advance(o.t.Context())
	o.ok(err)
	got := policy.State("")
	if s.Open != nil {
		got = s.Open.State
	}
	if s.Effective.Number != effective || got != open {
		o.t.Fatalf("policy %d in force, one %q, want %d and %q", s.Effective.Number, got, effective, open)
	}
	return s
}

// Two admins make the policy milder; nobody approves their own proposal, at any
// entry point (AS-04, THREATS B11).
func TestAS04_TwoAdmins(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada := o.join(auth.Admin, "Ada")
	ada.get("/desk").says("Fewer than two admins", "Ada")
	bob := o.join(auth.Admin, "Bob")
	o.Clock.Advance(policy.SecondAfter + time.Hour) // who has just joined is not the second
	ada.signIn()
	bob.signIn()

	ada.propose(withHours("30")).want(303, "/desk/policy")
	ada.get("/desk/policy").want(200, "").says("In force.", "DESTINATION-DENIED", "destination_denied")
	o.stand(1, "")

	bad := ada.press(ada.get("/desk/policy/new"), "/desk/policy/new", "source", "rules: 7").want(422, "")
	bad.says("There is a problem", "rules: 7")
	ada.press(ada.get("/desk/policy/new"), "/desk/policy/new", "source", withHours("2")).want(303, "/desk/sign")
	page := ada.get("/desk/sign").says("This may be milder", "- ", "hours: 2", "0 actions judged")
	ada.prove(page, "/desk/sign", authtest.BadSignature()).want(422, "")
	ada.prove(ada.get("/desk/sign"), "/desk/sign").want(303, "/desk/policy")
	o.stand(1, policy.Proposed)

	own := ada.get("/desk/policy/2").says("You proposed this. Another admin must decide.")
	if strings.Contains(own.text, "/approve") {
		t.Error("the proposer is offered to approve")
	}
	ada.press(own, "/desk/policy/2/approve").want(403, "")
	bob.get("/desk").says("waits for a second admin")
	review := bob.get("/desk/policy/2").says("Ada", "hours: 2")
	bob.press(review, "/desk/policy/2/approve").want(303, "/desk/sign")
	// What Ada signs for a rejection, or Bob for one, approves nothing.
	reject := bob.get("/desk/sign").says("Approve: in force in 24 hours")
	signed := bob.credential(reject)
	bob.press(bob.get("/desk/policy/2"), "/desk/policy/2/reject").want(303, "/desk/sign")
	bob.press(bob.get("/desk/sign"), "/desk/sign", "credential", signed).want(422, "")
	o.stand(1, policy.Proposed)

	bob.press(bob.get("/desk/policy/2"), "/desk/policy/2/approve").want(303, "/desk/sign")
	bob.prove(bob.get("/desk/sign"), "/desk/sign").want(303, "/desk/policy")
	o.stand(1, policy.Scheduled)
	bob.get("/desk/policy").says("Approved. It comes into force in 24 hours.", "comes into force at")
	for range 24 {
		o.Clock.Advance(time.Hour)
	}
	o.stand(2, "")
}

// A proposal changes under nobody's hand: what is signed is worked out anew, so a
// newer version in force, or an end, leaves nothing to sign.
func TestSign_Moved(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada, bob := o.join(auth.Admin, "Ada"), o.join(auth.Admin, "Bob")
	ada.propose(withHours("2")).want(303, "/desk/policy")
	bob.press(bob.get("/desk/policy/1"), "/desk/policy/1/approve").want(303, "/desk/sign")
	page := bob.get("/desk/sign").want(200, "")
	signed := bob.credential(page)
	tight, err := o.policies.Draft(t.Context(), []byte(withHours("30")))
	o.ok(err)
	o.ok(o.policies.Apply(t.Context(), tight, audit.Actor{Type: audit.Operator}))
	bob.press(page, "/desk/sign", "credential", signed).want(409, "")
	o.stand(2, "")
	bob.get("/desk/policy/1").want(200, "").says("superseded")

	ada.propose(withHours("2")).want(303, "/desk/policy")
	bob.press(bob.get("/desk/policy/3"), "/desk/policy/3/reject").want(303, "/desk/sign")
	bob.prove(bob.get("/desk/sign"), "/desk/sign").want(303, "/desk/policy")
	o.stand(2, "")
	ada.propose(withHours("2")).want(303, "/desk/policy")
	o.Clock.Advance(5 * time.Minute)
	bob.press(bob.get("/desk/policy/4"), "/desk/policy/4/approve").want(303, "/desk/sign")
	o.ok(o.people.Remove(t.Context(), bob.who.ID, audit.Actor{Type: audit.Operator}))
	bob.get("/desk/sign").want(303, "/desk/sign-in")
	o.stand(2, policy.Proposed)
}

func (o *office) events() (n int) {
	o.t.Helper()
	o.ok(o.DB.Read(o.t.Context()).Raw("SELECT count(*) FROM events").Scan(&n).Error)
	return n
}
