package desk_test

import "testing"

// What is signed is what the page shows: another tab that asked for something else
// since, or another proposal, is no answer to it.
func TestSign_OtherTab(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	a, path := o.locked()
	marco.decide(path, "keep_locked").want(303, "/desk/sign")
	first := marco.get("/desk/sign").want(200, "").says("Keep the seller locked")
	signed := marco.credential(first)
	marco.decide(path, "cancel:"+string(a.ID)).want(303, "/desk/sign")
	marco.press(first, "/desk/sign/options").want(409, "")
	marco.press(first, "/desk/sign", "credential", signed).want(409, "").says("nothing was decided", "Something else waits to be signed")
	marco.press(first, "/desk/sign", "credential", signed, "subject", "").want(409, "")
	second := marco.get("/desk/sign").want(200, "").says("Cancel")
	if o.Read(t, a).State.Final() {
		t.Fatal("a page signed what another showed")
	}
	marco.prove(second, "/desk/sign").want(303, path)

	marco.proposes(path, "unlock").want(303, path)
	seen := anna.get(path).want(200, "").says("Unlock the seller")
	anna.answers(path, "reject").want(303, path)
	marco.proposes(path, "unlock", "note", "another").want(303, path)
	anna.press(anna.get(path), path+"/answer", "decision", seen.field("decision"), "answer", "approve", "reason", "V4").want(409, "").says("Another proposal waits")
}
