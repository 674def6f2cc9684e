package main

import (
	"net/http"
	"strings"
	"testing"

	"countersign/client"
)

// testCancelFromMail: any mail stops the change, without signing in, in a
// browser that was never here (UX S7, DESIGN rule 5).
func testCancelFromMail(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	first, notice := s.mail(s.say.requested), s.mail(s.say.notice)

	s.p = c.tab(t) // the seller's phone
	s.follow(notice, "cancel")
	s.p.mustSay("Nothing happens until you press the button.", newAccount, s.action().Reference)
	if status := s.p.click(`main form .answers button`); status != http.StatusUnprocessableEntity {
		t.Errorf("no answer was answered with status %d", status)
	}
	s.p.mustSay("There is a problem", "Choose an answer")
	s.mustBe(client.CoolingOff)
	s.answer("answer-mind")
	s.p.mustSay("You are still paid into the account ending "+oldAccount, "Start again", "Actually, I did not ask for this")
	s.mustBe(client.Cancelled)
	if a := s.action(); a.CancelReason != "changed_mind" {
		t.Errorf("cancelled because of %q", a.CancelReason)
	}
	if s.locked() {
		t.Error("changing one's mind locked the seller")
	}
	s.mail("Change of account cancelled")

	// The stop link of an older mail goes on working: it is late to cancel,
	// and not late to say "I did not ask for this".
	s.follow(first, "cancel")
	s.answer("answer-not-me")
	if !s.locked() {
		t.Error("the seller is not locked")
	}
}

// testNotMe: "I did not ask for this" from the mail cancels, locks the seller
// and opens a case; nothing of theirs is released any more (EM-10, DESIGN rules
// 5 and 13).
func testNotMe(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.skip()
	mine := s.p

	s.p = c.tab(t)
	s.follow(s.mail(s.say.confirm), "confirm")
	s.answer("answer-not-me")
	s.p.mustSay("Thank you for telling us", "Change cancelled", "Account locked", "sign out every device", "Case C-")
	s.mustBe(client.Cancelled)
	if a := s.action(); a.CancelReason != "not_me" {
		t.Errorf("cancelled because of %q", a.CancelReason)
	}
	if !s.locked() {
		t.Fatal("the seller is not locked")
	}
	s.mail("We locked your account, as you asked")
	s.p.click(`a[href="/locked"]`)
	s.p.mustSay("Your account is locked", "did not change: it still ends in "+oldAccount, "C-")

	s.mustNotClaim()
	s.p = mine
	poll(t, "the marketplace to sign the seller out", func() bool {
		s.p.open(s.demo.MarketplaceURL + "/bank")
		return s.p.count("#account") == 0
	})
	s.p.click(`button[value="` + storySeller + `"]`)
	s.p.mustSay("Your account is locked, as you asked.")
	if account := s.p.text("#account"); !strings.Contains(account, oldAccount) {
		t.Errorf("the marketplace pays into %q", account)
	}
}

// locked reports whether the seller is.
func (s *story) locked() bool {
	s.t.Helper()
	seller, err := s.api.Seller(s.t.Context(), storySeller)
	if err != nil {
		s.t.Fatal(err)
	}
	return seller.Locked
}

// mustNotClaim tries what the marketplace would do after an approval.
func (s *story) mustNotClaim() {
	s.t.Helper()
	claimed, err := s.api.Claim(s.t.Context(), s.id, s.action().Details)
	if err == nil || claimed != nil {
		s.t.Fatalf("the action was claimed: %+v", claimed)
	}
	if !client.HasCode(err, "not_approved") && !client.HasCode(err, "seller_locked") {
		s.t.Errorf("the claim was refused with %v", err)
	}
}

// testRefuseOnReview: the button beside "Approve" leads to the same question,
// and Back leads back.
func testRefuseOnReview(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	review := s.p.address()
	s.p.click(`.answers a[href$="/cancel"]`)
	s.p.mustSay("What happened?")
	s.p.click(`.answers a`)
	if at := s.p.address(); at != review {
		t.Errorf("Go back leads to %s, not %s", at, review)
	}
	s.p.click(`.answers a[href$="/cancel"]`)
	s.answer("answer-not-me")
	s.mustBe(client.Cancelled)
	if !s.locked() {
		t.Error("the seller is not locked")
	}
	if strings.Contains(s.p.text("main"), "C-") {
		t.Error("the case is shown to a session that gave no proof")
	}
}
