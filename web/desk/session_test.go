package desk_test

import (
	"strings"
	"testing"
	"time"

	"countersign/auth"
)

// C1: fifteen minutes after the last act, and eight hours after the first, the next
// click asks for the passkey again and leads back to the page that was wanted. The
// page says until when; to stay is an act, and nothing but an act.
func TestC1_Session(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada := o.join(auth.Admin, "Ada")
	signIn := func(back string) {
		t.Helper()
		page := ada.get("/desk/sign-in").want(200, "")
		if said := strings.Contains(page.text, "you come to the page you wanted"); said != (back != "/desk") {
			t.Errorf("says that it leads back: %v", said)
		}
		page.says("Ask an admin for an invitation")
		ada.prove(page, "/desk/sign-in").want(303, back)
	}
	begun := o.Clock.Now()
	home := ada.get("/desk").says("Signed in until " + begun.Add(15*time.Minute).UTC().Format("15:04 UTC") + " unless you go on.")
	before := o.events()
	for range 2 { // staying goes on
		o.Clock.Advance(14 * time.Minute)
		ada.press(home, "/desk/stay").want(303, "/desk")
	}
	if o.events() != before {
		t.Error("to stay is told in the audit log")
	}
	ada.get("/desk/people").want(200, "")
	o.Clock.Advance(15*time.Minute + time.Second)
	ada.press(home, "/desk/stay").want(401, "")
	ada.get("/desk/policy/99?x=1").want(303, "/desk/sign-in")
	ada.get("/desk/people?x=1").want(303, "/desk/sign-in") // the last one that was wanted
	signIn("/desk/people?x=1")
	ada.get("/desk/people?x=1").want(200, "")

	for until := o.Clock.Now().Add(8 * time.Hour); o.Clock.Now().Add(14 * time.Minute).Before(until); o.Clock.Advance(14 * time.Minute) {
		ada.get("/desk").want(200, "")
	}
	ada.get("/desk").says("; then sign in again.")
	o.Clock.Advance(14 * time.Minute)
	ada.get("/desk").want(303, "/desk/sign-in")
	signIn("/desk")
	// No other address than one of the desk's own is led to.
	ada.press(ada.get("/desk"), "/desk/sign-out").want(303, "/desk/sign-in")
	for _, path := range []string{"/desk/" + strings.Repeat("x", 600), "//evil.example/desk/", "/dev/keys"} {
		ada.get(path)
	}
	signIn("/desk")
}
