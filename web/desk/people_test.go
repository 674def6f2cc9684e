package desk_test

import (
	"regexp"
	"strings"
	"testing"

	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

var linkShown = regexp.MustCompile(`https://approve\.market\.example(/desk/join/[A-Za-z0-9_-]{43})`)

// invite invites somebody from the page, and returns where their link leads.
func (b *browser) invite(role auth.Role, name string) string {
	b.o.t.Helper()
	b.press(b.get("/desk/people").want(200, ""), "/desk/people/invite", "name", name, "role", string(role)).want(303, "/desk/people/sign")
	made := b.prove(b.get("/desk/people/sign").want(200, "").says(name, string(role)), "/desk/people/sign").want(200, "")
	m := linkShown.FindStringSubmatch(made.text)
	if m == nil {
		b.o.t.Fatalf("no link is shown:\n%s", made.text)
	}
	return m[1]
}

// remove presses remove beside a name, and signs.
func (b *browser) remove(who auth.Person) seen {
	b.o.t.Helper()
	b.press(b.get("/desk/people").want(200, ""), "/desk/people/"+string(who.ID)+"/remove").want(303, "/desk/people/sign")
	return b.prove(b.get("/desk/people/sign").want(200, "").says("Remove from the desk", who.Name), "/desk/people/sign")
}

// An admin invites and removes with their passkey; the link is shown once; who was
// removed is out with the next click, and what they had begun is not done
// (AS-30, AS-40, K13: disabled agent mid-session).
func TestPeople_InviteAndRemove(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada := o.join(auth.Admin, "Ada")
	ada.get("/desk").says("Fewer than two agents or leads", "Fewer than two admins")
	link := ada.invite(auth.Admin, "Bob")
	if again := ada.get("/desk/people").want(200, ""); strings.Contains(again.text, link) || !strings.Contains(again.text, "invited until") {
		t.Errorf("the list after an invitation:\n%s", again.text)
	}
	ada.get("/desk/people/sign").want(303, "/desk/people") // nothing waits any more

	bob := o.browser()
	bob.get(link).want(303, "/desk/join")
	bob.prove(bob.get("/desk/join").want(200, "").says("Bob", "admin"), "/desk/join").want(303, "/desk")
	if page := bob.get("/desk").want(200, ""); strings.Contains(page.text, "Fewer than two admins") {
		t.Error("two admins are said to be too few")
	}
	all, err := o.people.List(t.Context(), "", auth.Admin)
	o.ok(err)
	bob.who = all[1]

	// Bob has begun to invite an accomplice when he is removed.
	bob.press(bob.get("/desk/people"), "/desk/people/invite", "name", "Mallory", "role", "agent").want(303, "/desk/people/sign")
	page := bob.get("/desk/people/sign").want(200, "")
	signed := bob.credential(page)
	ada.remove(bob.who).want(303, "/desk/people")
	ada.get("/desk/people").says("Bob is removed and signed out everywhere.", "removed ")
	bob.press(page, "/desk/people/sign", "credential", signed).want(401, "")
	bob.get("/desk").want(303, "/desk/sign-in")
	if n := o.count("SELECT count(*) FROM people WHERE name = 'Mallory'"); n != 0 {
		t.Error("a removed admin invited somebody")
	}

	// Ada is the last one: she stays, on the page and below it.
	list := ada.get("/desk/people")
	if strings.Contains(list.text, "/remove") {
		t.Error("the last admin can be removed")
	}
	ada.press(list, "/desk/people/"+string(ada.who.ID)+"/remove").want(409, "")
	o.ok(o.people.Remove(t.Context(), ada.who.ID, audit.Actor{Type: audit.Operator})) // by command
	ada.get("/desk").want(303, "/desk/sign-in")
}

// What is signed is one act of one admin: a refused passkey, a signature for
// another act, and a form that names nobody of the desk do nothing.
func TestPeople_RefusedActs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada, eve := o.join(auth.Admin, "Ada"), o.join(auth.Agent, "Eve")
	dev := o.join(auth.Developer, "Dev")
	list := ada.get("/desk/people").want(200, "")
	ada.press(list, "/desk/people/invite", "name", " \u202e ", "role", "agent").want(422, "").says("The name must not be empty.")
	ada.press(list, "/desk/people/invite", "name", "Zoe", "role", "developer").want(422, "").says("The role must be one of those in the list.")
	for _, id := range []string{string(dev.who.ID), "1", strings.Repeat("0", 36)} {
		ada.press(list, "/desk/people/"+id+"/remove").want(404, "")
	}
	ada.press(list, "/desk/people/invite", "name", "Zoe", "role", "agent").want(303, "/desk/people/sign")
	page := ada.get("/desk/people/sign")
	ada.prove(page, "/desk/people/sign", authtest.BadSignature()).want(422, "")
	zoe := ada.credential(ada.get("/desk/people/sign"))
	ada.press(list, "/desk/people/"+string(eve.who.ID)+"/remove").want(303, "/desk/people/sign")
	ada.press(page, "/desk/people/sign", "credential", zoe).want(422, "") // signed for Zoe, not for Eve
	ada.get("/desk/sign").want(303, "/desk")                              // nothing of the policy waits
	eve.get("/desk").want(200, "")
	if n := o.count("SELECT count(*) FROM people WHERE removed_at IS NOT NULL OR name = 'Zoe'"); n != 0 {
		t.Errorf("%d people were invited or removed", n)
	}
	ada.remove(eve.who).want(303, "/desk/people")
	eve.get("/desk").want(303, "/desk/sign-in")
}

func (o *office) count(query string) (n int) {
	o.t.Helper()
	o.ok(o.DB.Read(o.t.Context()).Raw(query).Scan(&n).Error)
	return n
}
