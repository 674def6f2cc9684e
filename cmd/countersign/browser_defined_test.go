package main

import (
	"os"
	"strings"
	"testing"

	"countersign/client"
	"countersign/templates"
)

// testDefinedKind: a request of a kind that the demo's policy file defines, from the
// back office to the money: every page and mail has its name and its fields, and none
// speaks of a change of account (DESIGN §6, STANDARDS TA-01). It is asked for in
// Italian, so that the names are not those the file was written around.
func testDefinedKind(t *testing.T, c *chromium) {
	s := tell(t, c, words{
		locale: templates.IT, review: "Controlla e approva: Pagamento immediato", nothing: "Per ora non è stato eseguito nulla.",
		requested: "Pagamento immediato: serve approvazione", notice: "Pagamento immediato: attesa di", confirm: "Conferma: Pagamento immediato", executed: "Fatto: Pagamento immediato",
	})
	look := func(string) {}
	if dir := os.Getenv(screensDir); dir != "" {
		look = camera{s, dir}.take
	}
	fields := []string{"Pagamento immediato", "Importo", "250.00", "Valuta", "EUR", "Accreditato su", oldAccount, "Ferri Ceramiche S.r.l."}
	s.p.open(s.demo.MarketplaceURL + "/?lang=it")
	s.p.click(`button[value="` + storySeller + `"]`)
	s.p.open(s.demo.MarketplaceURL + "/payout")
	look("payout-ask")
	s.p.click(`form[action="/payout"] button.primary`)
	s.p.mustSay(append(fields, s.say.review, s.say.nothing)...)
	s.goOn()
	if a := s.action(); a.Kind != "payout.instant" || !strings.HasPrefix(a.Reference, "AC-") {
		t.Fatalf("%s %s", a.Kind, a.Reference)
	}
	s.setUpPasskey()
	look("payout-review")
	s.prove()
	s.await(client.CoolingOff)
	s.p.open(s.p.address())
	s.p.mustSay(append(fields, "La richiesta è in attesa", "non viene eseguito nulla")...)
	look("payout-status")
	s.p.open(s.demo.MarketplaceURL + "/payout")
	s.p.click(`form[action$="/skip"] button`)
	look("payout-waiting")
	s.follow(s.mail(s.say.confirm), "confirm")
	s.p.mustSay(append(fields, "L'hai chiesto tu?")...)
	look("payout-answer")
	s.answer("answer-yes")
	s.p.mustSay(append(fields, "Controlla e conferma: Pagamento immediato")...)
	s.prove()
	s.await(client.ExecutedState)
	s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference + "/status")
	s.p.mustSay(append(fields, "Eseguita")...)
	for _, subject := range []string{s.say.requested, s.say.notice, s.say.confirm, s.say.executed} {
		m := s.mail(subject)
		for _, said := range append(fields, s.action().Reference) {
			if !strings.Contains(m.Text, said) || !strings.Contains(m.HTML, said) {
				t.Errorf("the mail %q does not say %q:\n%s", m.Subject, said, m.Text)
			}
		}
		if strings.Contains(m.Text, "conto su cui ti paghiamo") || strings.Contains(m.Text, "0542811101") {
			t.Errorf("the mail %q speaks of a change of account, or shows its number", m.Subject)
		}
	}
	s.p.open(s.demo.MarketplaceURL + "/payout")
	s.p.mustSay("Paid out.", "EUR 250.00")
	look("payout-done")
}
