package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/auth/authtest"
	"countersign/client"
	"countersign/cmd/countersign/demo"
)

// ask signs in at the marketplace, asks for the new account and arrives at the
// review (S1).
func (s *story) ask() {
	s.t.Helper()
	s.p.open(s.demo.MarketplaceURL + "/?lang=" + string(s.say.locale))
	s.p.click(`button[value="` + storySeller + `"]`)
	s.p.click(`form[action="/bank"] button.primary`)
	s.p.mustSay(s.say.review, s.say.nothing, oldAccount, newAccount)
	s.goOn()
}

// goOn makes the newest action, which waits for its approval, the story's.
func (s *story) goOn() {
	s.t.Helper()
	made, err := s.api.Actions(s.t.Context(), client.ActionQuery{Seller: storySeller})
	if err != nil || len(made.Data) == 0 {
		s.t.Fatalf("the action just made: %v, %v", made, err)
	}
	s.id = made.Data[0].ID
	s.mustBe(client.AwaitingStepUp)
}

// setUpPasskey goes through S4 and comes back to the review.
func (s *story) setUpPasskey() {
	s.t.Helper()
	s.p.click(`a#prove`)
	s.p.click(`a[href="/enrol/passkey"]`)
	s.p.click(`button#prove`)
	s.p.click(`.answers a.primary`)
	s.p.mustSay(s.say.review)
}

// setUpApp goes through S4 with an authenticator app and comes back to the
// review. The code that proved it works is spent.
func (s *story) setUpApp() {
	s.t.Helper()
	s.p.click(`a#prove`)
	s.p.click(`a[href="/enrol/app"]`)
	var err error
	if s.app, err = authtest.NewApp(s.p.text("#key")); err != nil {
		s.t.Fatal(err)
	}
	s.p.enter("#totp", s.code())
	s.p.click(`button.primary`)
	s.p.click(`.answers a.primary`)
	s.p.mustSay(s.say.review)
}

// code is what the seller's app shows now.
func (s *story) code() string { return s.app.Code(s.demo.Gateway.Clock.Now()) }

// nextCode waits for a code that was not shown before.
func (s *story) nextCode() string {
	s.t.Helper()
	s.later(30 * time.Second)
	return s.code()
}

// approve gives the first proof, with what the seller has, and arrives at the
// status (S5).
func (s *story) approve() {
	s.t.Helper()
	s.prove()
	s.p.mustSay(s.say.approve)
	s.await(client.CoolingOff)
	s.p.open(s.p.address())
	s.p.mustSay(s.say.waiting, s.say.idle, oldAccount)
	if at := string(s.action().EffectiveDestination); !strings.Contains(at, oldAccount) {
		s.t.Errorf("while the change waits, the account that counts is %s", at) // DESIGN rule 9
	}
}

// prove presses the button of a review, and types a code where there is one to
// type.
func (s *story) prove() {
	s.t.Helper()
	status := s.p.click(`#prove`)
	if s.app != nil {
		s.p.enter("#totp", s.nextCode())
		status = s.p.click(`button.primary`)
	}
	if status != http.StatusOK {
		s.t.Fatalf("the proof was answered with status %d%s", status, s.p.where())
	}
}

// skip presses "Skip the wait" at the marketplace.
func (s *story) skip() {
	s.t.Helper()
	s.p.open(s.demo.MarketplaceURL + "/bank")
	s.p.click(`form[action$="/skip"] button`)
	s.mustBe(client.AwaitingConfirmation)
}

// follow opens a mail in the mailbox and presses its link.
func (s *story) follow(m demo.Message, to string) {
	s.t.Helper()
	s.p.open(s.demo.MailboxURL)
	s.p.click(inMailbox(m))
	if status := s.p.click(`#text a[href*="/` + to + `/"]`); status != http.StatusOK {
		s.t.Fatalf("the link was answered with status %d%s", status, s.p.where())
	}
	// STANDARDS EM-06: the token has left the address.
	if at := s.p.address(); at != s.demo.BaseURL+"/"+to {
		s.t.Errorf("the link ended at %s", at)
	}
}

// inMailbox is the link to a mail in the list of mails.
func inMailbox(m demo.Message) string {
	return `#messages a[href="/messages/` + strconv.Itoa(m.ID) + `"]`
}

// answer presses one of the three answers of S6, or the two of S7, and the
// button below them.
func (s *story) answer(which string) int {
	s.t.Helper()
	s.p.press(`label[for="` + which + `"]`)
	return s.p.click(`main form .answers button`)
}

// confirm follows the newest confirmation mail and gives the second proof.
func (s *story) confirm() {
	s.t.Helper()
	s.follow(s.mail(s.say.confirm), "confirm")
	s.p.mustSay(s.say.question, oldAccount, newAccount)
	if s.p.count(`input[type=radio]:checked`) != 0 {
		s.t.Error("an answer is chosen before anybody chose")
	}
	s.answer("answer-yes")
	s.mustBe(client.AwaitingConfirmation)
	s.p.mustSay(s.say.again)
	s.prove()
	s.p.mustSay(s.say.confirmed)
}

// address is where the tab is.
func (p *tab) address() string {
	p.t.Helper()
	return eval[string](p, `location.href`)
}
