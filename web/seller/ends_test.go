package seller_test

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// TestTA09_FiveWrongTriesAtTheConfirmation end the action too, and the mail's
// page says so.
func TestTA09_FiveWrongTriesAtTheConfirmation(t *testing.T) {
	t.Parallel()
	g, b, a := waiting(t)
	csrf := b.get("/confirm/review").csrf()
	var last *answer
	for range auth.MaxTries {
		g.Clock.Advance(auth.MaxPause)
		last = b.post("/confirm/proof", values("csrf", csrf, "credential", "{}"))
	}
	last.want(http.StatusGone).at("/confirm")
	g.state(a, approvals.Failed)
	until, _, err := g.auth.Blocked(t.Context(), a.SellerKey())
	if err != nil || !strings.Contains(last.body, g.inZone(until).Format("15:04")) {
		t.Errorf("the page does not say until when: %s", last.byID("main"))
	}
}

// TestDenied: the status tells the rule's sentence in the reader's language.
func TestDenied(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Drive(t, approvals.Denied)
	b := g.browser()
	b.keep(g.begin(a, false))
	for lang := range map[string]bool{"en": true, "it": true} {
		page := b.get("/actions/" + a.Reference + "/status?lang=" + lang).want(http.StatusOK)
		rule := a.Decision.Rules[0].Text[lang]
		if !strings.Contains(page.byID("main"), rule) {
			t.Errorf("%s: %s", lang, page.byID("main"))
		}
	}
}

// TestWhyItWaits: review and status tell the rule that decided, in the reader's
// language.
func TestWhyItWaits(t *testing.T) {
	t.Parallel()
	for state, path := range map[approvals.State]string{approvals.AwaitingStepUp: "", approvals.CoolingOff: "/status"} {
		g := newGateway(t)
		a := g.Drive(t, state)
		b := g.browser()
		b.keep(g.begin(a, false))
		for lang, rule := range a.Decision.Rules[0].Text {
			page := b.get("/actions/" + a.Reference + path + "?lang=" + lang).want(http.StatusOK)
			if !strings.Contains(html.UnescapeString(page.byID("main")), rule) {
				t.Errorf("%s, %s: %s", state, lang, page.byID("main"))
			}
		}
	}
}

// TestHeldNamesTheAddress that could not be reached, masked.
func TestHeldNamesTheAddress(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.Notifying)
	email := a.Contacts[0].Email
	done := approvals.MailDone{ID: g.mailTo(email), At: g.Clock.Now(), Answer: "550 no"}
	a = g.step(a, func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.NoticeRefused(email, done)
	})
	b := g.browser()
	b.keep(g.begin(a, false))
	page := b.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
	if at := strings.Index(email, "@"); !strings.Contains(page.body, email[:1]+"•••"+email[at:]) {
		t.Errorf("page: %s", page.byID("main"))
	}
}

// mailTo is the id of a mail to this address.
func (g *gateway) mailTo(email string) (id string) {
	g.t.Helper()
	row := g.db.SQL().QueryRowContext(g.t.Context(), "SELECT id FROM mails WHERE recipient = ? AND kind = 'notice'", email)
	if err := row.Scan(&id); err != nil {
		g.t.Fatal(err)
	}
	return id
}

// TestSetUpFaults: too late, and a passkey that is somebody's already.
func TestSetUpFaults(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	other, a := g.Create(t), g.Create(t)
	device := g.phone(other)
	b := g.browser()
	b.handoff(a)
	page := b.get("/enrol/passkey")
	made, err := device.Create(page.options(), authtest.CredentialID(device.Credentials()[0]))
	if err != nil {
		t.Fatal(err)
	}
	b.post("/enrol/passkey", values("csrf", page.csrf(), "credential", string(made))).want(http.StatusConflict)

	late, err := authtest.NewDevice(home).Create(page.options())
	if err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(3 * time.Minute)
	b.get("/enrol").want(http.StatusOK)
	g.Clock.Advance(3 * time.Minute)
	b.post("/enrol/passkey", values("csrf", page.csrf(), "credential", string(late))).want(http.StatusUnprocessableEntity)
	if list, err := g.auth.Authenticators(t.Context(), a.SellerKey()); err != nil || len(list) > 0 {
		t.Errorf("%d authenticators, %v", len(list), err)
	}
}

// TestS8_WhoIsToldTheCase: from a mail or after a proof, not to a session that
// proved nothing.
func TestS8_WhoIsToldTheCase(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", a.SellerActor()); err != nil {
		t.Fatal(err)
	}
	c, err := g.Parts.Cases.OpenCase(t.Context(), a.SellerKey())
	if err != nil {
		t.Fatal(err)
	}
	session, proved, mail := g.browser(), g.browser(), g.browser()
	session.keep(g.begin(a, false))
	proved.keep(g.begin(a, true))
	mail.mail(approvals.StopLink, a)
	for b, told := range map[*browser]bool{session: false, proved: true, mail: true} {
		page := b.get("/locked").want(http.StatusOK)
		if strings.Contains(page.body, c.Number) != told {
			t.Errorf("told %v: %s", told, page.byID("main"))
		}
		if !strings.Contains(page.body, "4300") {
			t.Errorf("the account that stays is not named: %s", page.byID("main"))
		}
	}
	free := g.browser()
	free.handoff(g.Create(t))
	if free.get("/locked").path == "/locked" {
		t.Error("a seller who is not locked reads that they are")
	}
}

// TestALinkOpenedLongAgo asks to be opened again, and leads there: the link in
// the mail has not ended, only this browser's page has.
func TestALinkOpenedLongAgo(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	for purpose, base := range map[approvals.Purpose]string{approvals.ConfirmLink: "/confirm", approvals.StopLink: "/cancel"} {
		b := g.browser()
		csrf := b.mail(purpose, a).csrf()
		g.Clock.Advance(time.Hour + time.Second)
		over := b.get(base).want(http.StatusUnauthorized)
		link := base + "/" + g.token(purpose, a)
		if !over.leads(link) {
			t.Errorf("%s: no way back: %s", base, over.byID("main"))
		}
		b.post(base, values("csrf", csrf, "answer", "not_me")).want(http.StatusUnauthorized)
		g.state(a, approvals.AwaitingConfirmation)
		b.get(link).want(http.StatusOK).at(base)
	}
}

// TestAnAnsweredLinkLeadsToTheStatus where the browser's session may open it.
func TestAnAnsweredLinkLeadsToTheStatus(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.Approved)
	b := g.browser()
	status := "/actions/" + a.Reference + "/status"
	if b.mail(approvals.ConfirmLink, a).want(http.StatusOK).leads(status) {
		t.Error("leads where it may not")
	}
	b.keep(g.begin(a, false))
	if !b.get("/confirm").leads(status) {
		t.Error("does not lead to the status")
	}
}
