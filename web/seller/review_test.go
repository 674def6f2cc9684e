package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// asked makes an action of a new seller with these details.
func (g *gateway) asked(details string, change func(*approvals.Request)) approvals.Action {
	g.t.Helper()
	g.made++
	r := g.Request(g.SellerKey(1000 + g.made))
	r.Seller.Locale, r.Details = "en", []byte(details)
	if change != nil {
		change(&r)
	}
	a, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

// TestTheBankSaysAnotherName: the warning comes first, and the review after it.
func TestTheBankSaysAnotherName(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.asked(`{"to":{"holder":"Anna Rossi","iban":"GB33BUKB20201555555555","payee_check":{"scheme":"vop","result":"no_match"}}}`, nil)
	g.phone(a)
	b := g.browser()
	path := "/actions/" + a.Reference
	warning := b.handoff(a).want(http.StatusOK).at(path)
	if warning.posts(path+"/step-up") || !warning.leads(path+"?seen=1") || !warning.leads(path+"/cancel") {
		t.Fatalf("no warning first: %s", warning.byID("main"))
	}
	if review := b.get(path + "?seen=1").want(http.StatusOK); !review.posts(path + "/step-up") {
		t.Error("the warning does not lead on")
	}
}

// TestMasksOfDomesticAccounts: a sort code or routing number and an account
// number are masked wherever they are told.
func TestMasksOfDomesticAccounts(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for _, details := range []string{
		`{"to":{"holder":"Anna Rossi","sort_code":"601613","account_number":"31926819"}}`,
		`{"to":{"holder":"Anna Rossi","routing_number":"021000021","account_number":"123456789"}}`,
	} {
		a := g.asked(details, nil)
		page := g.browser().handoff(a).want(http.StatusOK)
		for _, secret := range []string{"601613", "31926819", "021000021", "123456789"} {
			if strings.Contains(page.body, secret) {
				t.Errorf("%s is shown in full", secret)
			}
		}
		if !strings.Contains(page.body, "details.to.account_number") || !strings.Contains(page.body, "••••") {
			t.Error("what is signed is not listed, masked")
		}
	}
}

// TestD12_WhatSellersWriteIsInert: markup in every field the marketplace
// passes on is text on the page.
func TestD12_WhatSellersWriteIsInert(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	const evil = `<script>alert(1)</script>`
	a := g.asked(`{"to":{"holder":"`+evil+`","bank_name":"<svg onload=alert(1)>","iban":"GB33BUKB20201555555555"}}`, func(r *approvals.Request) {
		r.Seller.Name = evil + `{{.}}`
		r.Context.UserAgent, r.Context.LoginMethod = evil, evil
	})
	b := g.visitor(a)
	for _, path := range []string{"/actions/" + a.Reference, "/actions/" + a.Reference + "/status", "/cancel", "/enrol/passkey", "/enrol/app"} {
		if body := b.get(path).want(http.StatusOK).body; strings.Contains(body, evil) || strings.Contains(body, "<svg onload") {
			t.Errorf("%s: markup got through", path)
		}
	}
}

// TestRule11_TooNewToApprove: an authenticator that does not count yet is not
// asked, and the page says from when it will be.
func TestRule11_TooNewToApprove(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	from := g.Clock.Now().Add(72 * time.Hour)
	if _, err := g.db.SQL().ExecContext(t.Context(), "UPDATE authenticators SET usable_from = ?", from.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	b := g.browser()
	path := "/actions/" + a.Reference
	page := b.handoff(a).want(http.StatusOK)
	if page.posts(path+"/step-up") || page.leads("/enrol") || page.leads(path+"/code") {
		t.Errorf("offered to prove: %s", page.byID("main"))
	}
	if clock := g.inZone(from).Format("15:04"); !strings.Contains(page.body, clock) {
		t.Errorf("the page does not say from when: %s", page.byID("main"))
	}
	b.post(path+"/step-up", values("csrf", page.csrf(), "credential", "{}")).want(http.StatusConflict)
	g.state(a, approvals.AwaitingStepUp)
}
