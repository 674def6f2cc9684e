package main

import (
	"strings"
	"testing"
	"time"

	"countersign/auth"
)

// testCase: one agent proposes to unlock a seller and another approves, by keyboard
// alone; a masked field is shown for a minute and the page goes back by itself
// (UX C2, C3, C4, C5).
func testCase(t *testing.T, c *chromium) {
	marco := tell(t, c, english())
	second := *marco
	anna := &second
	anna.p = c.tab(t)
	anna.finger = anna.p.addFingerprint()
	anna.joinDesk(auth.Agent, "Anna Bianchi")
	marco.joinDesk(auth.Agent, "Marco Totti")
	marco.later(25 * time.Hour) // who has just joined is neither of two
	marco.ask()
	if _, err := marco.api.LockSeller(t.Context(), storySeller, "drill"); err != nil {
		t.Fatal(err)
	}
	marco.p.open(marco.demo.BaseURL + "/desk")
	marco.p.mustSay("1 open, 1 claimed by nobody.", "The marketplace locked the seller")
	marco.p.enterOn(`table a[href^="/desk/cases/"]`)
	marco.p.mustSay("You cannot change a payout account or shorten a wait here.")
	marco.p.choose("verb", "unlock")
	marco.p.reason()
	marco.p.enterOn(`form[action$="/decide"] button.primary`)
	marco.p.mustSay("Propose: a second person decides within 4 hours", "The seller is locked.")
	marco.p.enterOn("#prove")
	marco.p.mustSay("Proposed: Unlock the seller.", "You proposed this. Another agent must decide.")
	if !marco.locked() {
		t.Fatal("one agent unlocked the seller")
	}

	anna.p.open(anna.demo.BaseURL + "/desk")
	if said := anna.p.text("#stay-said"); said != "" {
		t.Errorf("a test clock a day ahead ends her session: %q", said)
	}
	anna.mustPass("c2-queue")
	anna.p.enterOn(`table a[href^="/desk/cases/"]`)
	anna.p.enterOn(`form[action$="/claim"] button`)
	anna.reveal()
	anna.mustPass("c3-case")
	anna.p.choose("answer", "approve")
	anna.p.reason()
	anna.p.enterOn(`form[action$="/answer"] button.primary`)
	anna.p.mustSay("Approve: it is carried out at once")
	anna.mustPass("c5-sign")
	anna.p.enterOn("#prove")
	anna.p.mustSay("Approved and carried out: Unlock the seller.", "Decided before")
	if marco.locked() {
		t.Error("two agents did not unlock the seller")
	}
}

// reveal shows the new account for a minute.
func (s *story) reveal() {
	s.t.Helper()
	s.p.tabTo("#field")
	for range 20 {
		if eval[bool](s.p, `document.activeElement.value.startsWith("account:")`) {
			break
		}
		s.p.key("ArrowDown", "ArrowDown", 40, "")
	}
	s.p.tabTo("#because")
	s.p.key("v", "KeyV", 86, "v")
	s.p.enterOn(`form[action$="/reveals"] button`)
	s.p.mustSay("shown to Anna Bianchi", "1 reveal today.")
	if said := strings.ReplaceAll(s.p.text(".revealed"), " ", ""); len(said) < 15 || strings.Contains(said, "•") {
		s.t.Errorf("shows %q", said)
	}
	s.mustPass("c4-reveal")
	s.p.enterOn(`main .links a`)
}

// choose moves through radio buttons with the arrow keys.
func (p *tab) choose(name, value string) {
	p.t.Helper()
	p.tabTo(`input[name="` + name + `"]`)
	p.key(" ", "Space", 32, " ")
	for range 20 {
		if eval[bool](p, `document.activeElement.value === `+quote(value)+` && document.activeElement.checked`) {
			return
		}
		p.key("ArrowDown", "ArrowDown", 40, "")
	}
	p.t.Fatalf("the arrow keys do not reach %s%s", value, p.where())
}

// reason chooses V1 by its letter.
func (p *tab) reason() {
	p.t.Helper()
	p.tabTo(`select[name="reason"]`)
	p.key("v", "KeyV", 86, "v")
}
