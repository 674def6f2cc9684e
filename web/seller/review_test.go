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
	for _, check := range []string{`"scheme":"vop","result":"no_match"`, `"scheme":"cop","result":"match","code":"ANNM"`} {
		g := newGateway(t)
		a := g.asked(`{"to":{"holder":"Anna Rossi","iban":"GB33BUKB20201555555555","payee_check":{`+check+`}}}`, nil)
		g.phone(a)
		b := g.browser()
		path := "/actions/" + a.Reference
		warning := b.handoff(a).want(http.StatusOK).at(path)
		if warning.posts(path+"/step-up") || !warning.leads(path+"?seen=1") || !warning.leads(path+"/cancel") {
			t.Fatalf("%s: no warning first: %s", check, warning.byID("main"))
		}
		if review := b.get(path + "?seen=1").want(http.StatusOK); !review.posts(path + "/step-up") {
			t.Errorf("%s: the warning does not lead on", check)
		}
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

// TestRule11_TooNewToApprove: an authenticator in quarantine starts an action,
// which waits for it and says so; it is not asked to confirm, and the page says
// from when it will be.
func TestRule11_TooNewToApprove(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	from := g.quarantined(72 * time.Hour)
	if review := b.handoff(a).want(http.StatusOK); !strings.Contains(review.body, "72 hours") {
		t.Errorf("the page does not say how long: %s", review.byID("main"))
	}
	b.stepUpByPasskey(a, device).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	if a = g.state(a, approvals.Notifying); a.Wait != 72*time.Hour {
		t.Errorf("waits %v", a.Wait)
	}
	if a = g.drive(a, approvals.AwaitingConfirmation); a.NotBefore.Before(from) {
		t.Errorf("confirmable from %v, before the passkey is, %v", a.NotBefore, from)
	}
	from = g.quarantined(time.Hour)
	g.Clock.Advance(g.config.Dwell)
	mailed := g.browser()
	page := mailed.mail(approvals.ConfirmLink, a).want(http.StatusOK).at("/confirm")
	token := page.csrf()
	page = mailed.post("/confirm", values("csrf", token, "answer", "yes")).want(http.StatusOK).at("/confirm/review")
	if page.posts("/confirm/proof") || page.leads("/enrol") || page.leads("/confirm/code") {
		t.Errorf("offered to prove: %s", page.byID("main"))
	}
	if clock := g.inZone(from).Format("15:04"); !strings.Contains(page.body, clock) {
		t.Errorf("the page does not say from when: %s", page.byID("main"))
	}
	mailed.post("/confirm/proof", values("csrf", token, "credential", "{}")).want(http.StatusConflict)
	g.state(a, approvals.AwaitingConfirmation)
}

// quarantined puts every authenticator in quarantine for so long from now.
func (g *gateway) quarantined(d time.Duration) time.Time {
	g.t.Helper()
	from := g.Clock.Now().Add(d)
	if _, err := g.db.SQL().ExecContext(g.t.Context(), "UPDATE authenticators SET usable_from = ?", from.UnixMicro()); err != nil {
		g.t.Fatal(err)
	}
	return from
}
