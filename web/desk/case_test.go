package desk_test

import (
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	policy "countersign/approvals/desk"
	"countersign/auth"
	"countersign/auth/authtest"
)

// C3, C5, AS-26: one agent proposes, another approves, each over exactly what is
// shown; the proposer's note is read after choosing, and the proposer has no control.
func TestCase_UnlockByTwo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	a, path := o.locked()

	shown := marco.get(path).want(200, "").says("The marketplace locked the seller", "A••••• R•••••", "Claimed by nobody", a.Reference, "Unlock the seller",
		"You cannot change a payout account or shorten a wait here.", "Rome")
	shown.silent("Anna Rossi", "@example.com\"", "192.0.2.7", "Your answer")
	marco.press(shown, path+"/decide").want(422, "").says("There is a problem", "Choose what is to be done", "Choose a reason")
	marco.decide(path, "unlock", "reason", "").want(422, "").says("Choose a reason", `value="unlock" checked`)
	marco.decide(path, "unlock", "seen", "00").want(409, "").says("It is not what your page showed")
	marco.decide(path, "executed").want(422, "")

	marco.decide(path, "unlock", "note", "She knew the\r\nlast order").want(303, "/desk/sign")
	sheet := marco.get("/desk/sign").want(200, "").says("Propose: a second person decides", "Unlock the seller", "V1 call-back", "She knew the\nlast order", "The seller is locked.", a.Reference)
	marco.prove(sheet, "/desk/sign", authtest.BadSignature()).want(422, "").says("That passkey was not accepted")
	marco.signs().want(303, path)
	own := marco.get(path).says("Proposed: Unlock the seller.", "You proposed this. Another agent must decide.").silent("Your answer")
	marco.press(own, path+"/answer", "answer", "approve", "reason", "V4").want(403, "").says("Your own proposal")
	if !o.isLocked(a) {
		t.Fatal("one agent unlocked the seller")
	}

	waits := anna.get(path).want(200, "").says("Proposed by Marco T.", "It rests on this", "Approve", "Reject").silent("last order")
	anna.press(waits, path+"/answer", "reason", "V4").want(422, "").says("Choose an answer")
	anna.press(waits, path+"/answer", "answer", "approve", "reason", "V4").want(303, "/desk/sign")
	anna.get("/desk/sign").says("Approve: it is carried out at once", "Marco T. wrote:", "last order", "V4 known device")
	anna.signs().want(303, path)
	if o.isLocked(a) {
		t.Fatal("two agents did not unlock the seller")
	}
	anna.get(path).want(200, "").says("Approved and carried out", "Decided before", "Marco T. and Anna B.")
}

// What one decides alone is carried out when it is signed; one rejection ends a
// proposal; nothing is signed twice.
func TestCase_AloneAndRejected(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	a, path := o.locked()
	marco.proposes(path, "unlock").want(303, path)
	anna.answers(path, "reject").want(303, path)
	anna.get(path).says("Rejected: Unlock the seller.", "rejected")
	if !o.isLocked(a) {
		t.Fatal("a rejection unlocked the seller")
	}
	marco.decide(path, "cancel:"+string(a.ID)).want(303, "/desk/sign")
	sheet := marco.get("/desk/sign").says("Decide alone: it is carried out at once", a.Reference)
	signed := marco.credential(sheet)
	marco.press(sheet, "/desk/sign", "credential", signed).want(303, path)
	marco.press(marco.get(path), "/desk/sign", "credential", signed).want(303, "/desk")
	if got := o.Read(t, a).State; got != approvals.Cancelled {
		t.Errorf("the action is %s", got)
	}
	marco.proposes(path, "keep_locked").want(303, path)
}

// 409: what was drafted, or proposed, rests on facts; when they are others nothing is
// decided, and the page says what changed.
func TestCase_Moved(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	a, path := o.locked()
	marco.decide(path, "unlock").want(303, "/desk/sign")
	o.cancel(a)
	marco.signs().want(409, "").says("The case has changed, and nothing was decided", a.Reference)

	b := o.Create(t)
	o.lock(b)
	path = o.newest()
	marco.proposes(path, "unlock").want(303, path)
	page := anna.get(path)
	anna.press(page, path+"/answer", "answer", "approve", "reason", "V4").want(303, "/desk/sign")
	o.cancel(b)
	anna.get(path).says("can no longer be approved", b.Reference)
	anna.signs().want(409, "").says("The case has changed", b.Reference)
	anna.get(path).want(200, "").says("void: what it rested on changed").silent("Your answer")
	if !o.isLocked(b) {
		t.Error("unlocked on other facts")
	}
}

func (o *office) cancel(a approvals.Action) {
	o.t.Helper()
	_, err := o.Service.Cancel(o.t.Context(), a.Key(), approvals.ByMarketplace, audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
	o.ok(err)
}

// Who joined today is not the second; a proposal lapses; who was removed decides
// nothing, also with a page that is open.
func TestCase_Refused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	fresh := o.join(auth.Agent, "Fred N.")
	a, path := o.locked()
	marco.proposes(path, "unlock").want(303, path)
	fresh.answers(path, "approve").want(403, "").says("Joined too lately")

	anna.press(anna.get(path), path+"/answer", "answer", "approve", "reason", "V4").want(303, "/desk/sign")
	signed := anna.credential(anna.get("/desk/sign"))
	o.ok(o.people.Remove(t.Context(), anna.who.ID, audit.Actor{Type: audit.Operator}))
	anna.send("POST", "/desk/sign", map[string][]string{"credential": {signed}}).want(401, "")

	o.Clock.Advance(policy.ProposalLife + time.Minute)
	marco.signIn()
	fresh.signIn()
	if _, err := o.cases.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh.get(path).want(200, "").says("lapsed: nobody answered").silent("Your answer")
	fresh.press(fresh.get(path), path+"/answer", "answer", "approve", "reason", "V4").want(409, "").says("The proposal is over")
	if !o.isLocked(a) {
		t.Error("unlocked by nobody")
	}
}

// The role × form matrix of a case: auditors and admins read it and have no form;
// what they post all the same is refused.
func TestCase_Readers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, _ := o.pair()
	_, path := o.locked()
	marco.proposes(path, "unlock", "note", "between us").want(303, path)
	for _, role := range []auth.Role{auth.Auditor, auth.Admin} {
		b := o.join(role, string(role))
		shown := b.get(path).want(200, "").says("You read here; agents and leads decide.", "Proposed by Marco T.")
		shown.silent("<form method=\"post\" action=\""+path, "between us", "Show for 60 seconds")
		for _, form := range []string{"claim", "leave", "notes", "decide", "answer", "reveals"} {
			b.press(shown, path+"/"+form, "verb", "unlock", "answer", "approve", "reason", "V1", "text", "x", "field", "name", "because", "V1").want(403, "")
			b.get(path+"/"+form).want(303, path)
		}
		b.get("/desk/sign").want(303, "/desk")
	}
	marco.get(strings.Replace(path, "/cases/", "/cases/C-", 1)).want(200, "")
	marco.get("/desk/cases/999999").want(404, "")
	marco.get("/desk/cases/x").want(404, "")
}

// A claim is soft: another agent may take it over by saying so, and everybody reads
// whose it is. Notes stay.
func TestCase_ClaimAndNotes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	_, path := o.locked()
	marco.press(marco.get(path), path+"/claim").want(303, path)
	marco.get(path).says("The case is yours", "Claimed by you until")
	anna.press(anna.get(path).says("Claimed by Marco T.", "Take the case over"), path+"/claim").want(409, "").says("Claimed by somebody else")
	anna.press(anna.get(path), path+"/claim", "over", "yes").want(303, path)
	marco.get(path).says("Claimed by Anna B.")
	anna.press(anna.get(path), path+"/notes", "text", "  ").want(422, "").says("Write a note")
	anna.press(anna.get(path), path+"/notes", "text", "<b>calls</b> at ten").want(303, path)
	marco.get(path).says("&lt;b&gt;calls&lt;/b&gt; at ten", "Anna B.")
	anna.press(anna.get(path), path+"/notes", "text", strings.Repeat("x", policy.MaxNote+1)).want(422, "")
	anna.press(anna.get(path), path+"/leave").want(303, path)
	marco.get(path).says("Claimed by nobody")
}
