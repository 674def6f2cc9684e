package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth"
	"countersign/client"
)

// testCodes: an empty, a short, a wrong and a used code are refused with the
// field's own words, and a code pasted with a space is right (UX S3).
func testCodes(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpApp()
	used := s.code() // spent by the set-up
	s.p.click("#prove")
	key := s.deviceKey()
	s.p.until("the note about a new device goes, for the seller was vouched for on this one", `getComputedStyle(document.getElementById("device-new")).visibility === "hidden"`)
	s.p.mustSay("Never read this code to anyone.", newAccount, "With a code we wait 12 minutes, with a passkey 4 minutes")
	for _, wrong := range []struct{ name, code, says string }{
		{"empty", "", "Enter the 6-digit code"},
		{"short", "12345", "The code has 6 digits"},
		{"letters", "12345a", "The code has 6 digits"},
		{"used", used, "That code is not right. Use the code your app shows now"},
	} {
		s.mustRefuse(wrong.name, wrong.code, wrong.says)
	}
	s.mustBe(client.AwaitingStepUp)

	code := s.nextCode()
	s.p.enter("#totp", code[:3]+" "+code[3:])
	if status := s.p.click(`button.primary`); status != http.StatusOK {
		t.Fatalf("a pasted code was answered with status %d%s", status, s.p.where())
	}
	s.p.mustSay(s.say.approve)

	// The code that approved does not confirm.
	s.await(client.CoolingOff)
	s.skip()
	s.follow(s.mail(s.say.confirm), "confirm")
	s.answer("answer-yes")
	s.p.click("#prove")
	s.mustRefuse("the code of the approval", code, "That code is not right. Use the code your app shows now")
	s.mustBe(client.AwaitingConfirmation)
	s.p.enter("#totp", s.nextCode())
	s.p.click(`button.primary`)
	s.p.mustSay(s.say.confirmed)
	if again := s.deviceKey(); again != key {
		t.Error("the browser's key did not survive the pages in between")
	}
	known, err := s.demo.Gateway.proofs.Devices(t.Context(), approvals.SellerKey{
		Marketplace: approvals.MarketplaceID(s.demo.state.MarketplaceID), Seller: storySeller,
	})
	if err != nil || len(known) != 1 || fmt.Sprint([]byte(known[0].Key)) != key {
		t.Errorf("the gateway knows %d devices, %v, and the browser's key is %s", len(known), err, key)
	}
}

// deviceKey is the public half of the key that the page's script keeps in this
// browser, byte by byte. The other half cannot be taken out.
func (s *story) deviceKey() string {
	s.t.Helper()
	found := eval[struct{ Out, Key string }](s.p, `(async () => {
	  const done = (r) => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); });
	  const db = await done(indexedDB.open("countersign"));
	  const pair = await done(db.transaction("keys").objectStore("keys").get("device"));
	  db.close();
	  const out = await crypto.subtle.exportKey("jwk", pair.privateKey).then(() => "taken", (e) => e.name);
	  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
	  return { Out: out + " " + pair.privateKey.extractable, Key: "[" + [...key].join(" ") + "]" };
	})()`)
	if found.Out != "InvalidAccessError false" {
		s.t.Errorf("taking the private key out: %s", found.Out)
	}
	return found.Key
}

// mustRefuse types a code on the code page and expects the page again. The pause
// after it is over when it returns.
func (s *story) mustRefuse(name, code, says string) {
	s.t.Helper()
	s.p.enter("#totp", code)
	if status := s.p.click(`button.primary`); status != http.StatusUnprocessableEntity {
		s.t.Errorf("%s: status %d%s", name, status, s.p.where())
	}
	s.p.mustSay("There is a problem", says)
	title := eval[string](s.p, `document.title`)
	if !strings.HasPrefix(title, "Error: ") {
		s.t.Errorf("%s: the page is called %q", name, title)
	}
	for _, problem := range errorProblems(s.p) {
		s.t.Errorf("%s: %s", name, problem)
	}
	if field := eval[string](s.p, `document.getElementById("totp").value`); field != "" {
		s.t.Errorf("%s: the code %q is still there", name, field)
	}
	s.later(auth.MaxPause) // the next one would not be looked at (C8)
}

// testFifthWrongCode: five wrong codes in a row end the change, the sixth comes
// too late even when it is right, and the page says from when to try again
// (TA-09).
func testFifthWrongCode(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpApp()
	s.p.click("#prove")
	for n := range 4 {
		s.mustRefuse(fmt.Sprintf("wrong code %d", n+1), s.wrongCode(), "That code is not right.")
	}
	s.p.mustSay("You have 1 try left.")
	s.p.enter("#totp", s.wrongCode())
	s.p.click(`button.primary`)
	s.p.mustSay("Ended after too many tries. Nothing changed", "You can try again from")
	s.mustBe(client.FailedState)

	s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference + "/code")
	if s.p.count("#totp") != 0 {
		t.Error("the ended change still asks for a code")
	}
	s.mail("Not confirmed: you stay on the account ending " + oldAccount)
	s.mustNotClaim()

	// A new change is not proved by the right code before the time is over.
	s.ask()
	s.p.mustSay("There were too many tries. You can approve again from")
	if s.p.count("a#prove, button#prove") != 0 {
		t.Error("a blocked seller is offered a button to approve")
	}
}

// wrongCode is six digits that the app does not show in these minutes.
func (s *story) wrongCode() string {
	s.t.Helper()
	now := s.demo.Gateway.Clock.Now().Unix() / 30
	for n := 0; ; n++ {
		code, shown := fmt.Sprintf("%06d", n), false
		for step := now - 3; step <= now+3; step++ {
			shown = shown || s.app.CodeOfStep(step) == code
		}
		if !shown {
			return code
		}
	}
}
