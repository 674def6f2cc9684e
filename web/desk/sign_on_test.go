package desk_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
	"countersign/web/webtest"
)

const strict = "__Host-countersign-person"

// signOn goes to the sign-on and comes back: from another site, so without the
// cookie of the desk, which is there again when the page's button is pressed.
func (b *browser) signOn(i *webtest.Issuer) seen {
	b.o.t.Helper()
	return b.goOn(i.Login(b.get("/desk/sign-on").want(303, "*").Header.Get("Location")))
}

func (b *browser) goOn(back *url.URL) seen {
	b.o.t.Helper()
	person, there := b.cookies[strict]
	delete(b.cookies, strict)
	page := b.get(back.RequestURI()).want(200, "").says("Nothing happens until you go on.")
	if there {
		b.cookies[strict] = person
	}
	q := back.Query()
	return b.press(page, "/desk/sign-on/back", "code", q.Get("code"), "state", q.Get("state"), "iss", q.Get("iss"))
}

// An invited person signs in with their passkey, links the account they proved, and
// signs in with it from then on: the passkey alone lets them in no more, and still
// signs what they do. Removed, they are out on both ways, and another who has the
// account can link it.
func TestSignOn(t *testing.T) {
	t.Parallel()
	o, i := newSignOn(t)
	ada, bob := o.join(auth.Admin, "Ada"), o.join(auth.Admin, "Bob")
	stranger := o.browser()
	stranger.signOn(i).want(403, "").says("Nobody here has this account", "ask an admin")
	if len(stranger.cookies) > 1 {
		t.Errorf("a stranger has %v", maps.Keys(stranger.cookies))
	}

	ada.get("/desk").says("Link your company")
	ada.signOn(i).want(303, "/desk/sign-on/link")
	page := ada.get("/desk/sign-on/link").want(200, "").says("ada@company.example", "ada-0001", "Ada")
	ada.prove(page, "/desk/sign-on/link", authtest.BadSignature()).want(422, "")
	ada.signOn(i).want(303, "/desk/sign-on/link") // not linked yet
	ada.prove(ada.get("/desk/sign-on/link"), "/desk/sign-on/link").want(303, "/desk")
	if page := ada.get("/desk").says("The account is linked."); strings.Contains(page.text, "Link your company") {
		t.Error("the account can be linked again")
	}
	bob.signOn(i).want(303, "/desk") // whoever has the account is Ada, in this browser too
	bob.get("/desk").says("Ada")

	ada.press(ada.get("/desk"), "/desk/sign-out").want(303, "/desk/sign-in")
	ada.prove(ada.get("/desk/sign-in").says("Sign in with your company"), "/desk/sign-in").want(403, "").says("Sign in with the account you linked")
	ada.get("/desk/people").want(303, "/desk/sign-in")
	ada.signOn(i).want(303, "/desk/people")
	link := ada.invite(auth.Agent, "Eve") // signed with the passkey, as ever
	if !strings.HasPrefix(link, "/desk/join/") {
		t.Errorf("invited to %q", link)
	}

	i.Claims = func(all map[string]any) { all["sub"] = "somebody-else" } // with the same address
	stranger.signOn(i).want(403, "")
	i.Claims = nil
	o.ok(o.people.Remove(t.Context(), ada.who.ID, audit.Actor{Type: audit.Operator}))
	ada.get("/desk").want(303, "/desk/sign-in")
	ada.signOn(i).want(403, "")
	ada.get("/desk").want(303, "/desk/sign-in")
	for verb, n := range map[string]int{"person_linked": 1, "person_signed_in": 2} {
		if got := o.count("SELECT count(*) FROM events WHERE verb = '" + verb + "'"); got != n {
			t.Errorf("%d events %s, want %d", got, verb, n)
		}
	}
}

// An answer counts once, in the browser that asked for it, for an hour: one that is
// carried elsewhere, replayed, altered or late begins no session (login CSRF, K9).
func TestSignOn_Refused(t *testing.T) {
	t.Parallel()
	o, i := newSignOn(t)
	i.Again = true // ours to refuse
	ada, thief := o.join(auth.Admin, "Ada"), o.browser()
	ada.signOn(i).want(303, "/desk/sign-on/link")
	ada.prove(ada.get("/desk/sign-on/link"), "/desk/sign-on/link").want(303, "/desk")
	sent := func(b *browser) *url.URL { return i.Login(b.get("/desk/sign-on").Header.Get("Location")) }

	his := sent(thief)
	ada.get(his.RequestURI()).want(403, "") // his answer in her browser
	hers := sent(ada)
	thief.get(hers.RequestURI()).want(403, "") // hers in his
	for _, bad := range []string{"/desk/sign-on/back", "/desk/sign-on/back?code=x&state=", hers.Path + "?code=x&state=" + url.QueryEscape(hers.Query().Get("state")) + "x"} {
		ada.get(bad).want(403, "")
	}
	ada.get(hers.Path+"?error=access_denied&state="+url.QueryEscape(hers.Query().Get("state"))).want(200, "").says("Nothing was done.")

	kept := maps.Clone(ada.cookies)
	ada.goOn(hers).want(303, "/desk")
	once := o.events()
	for range 2 { // replayed with all that the browser had
		b := o.browser()
		b.cookies = maps.Clone(kept)
		delete(b.cookies, strict)
		b.goOn(hers).want(403, "")
		b.get("/desk").want(303, "/desk/sign-in")
	}
	late := sent(thief)
	o.Clock.Advance(time.Hour + time.Second)
	thief.get(late.RequestURI()).want(403, "")
	if o.events() != once {
		t.Error("a refused answer signed somebody in")
	}
	// A form without the page's token does nothing.
	if got := thief.send(http.MethodPost, "/desk/sign-on/back", url.Values{"code": {"x"}}); got.StatusCode != 403 {
		t.Errorf("without a token: %d", got.StatusCode)
	}
	// Without a sign-on there are no such pages.
	newOffice(t).browser().get("/desk/sign-on").want(404, "")
}
