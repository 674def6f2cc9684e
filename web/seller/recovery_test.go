package seller_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

var printed = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){5}`)

// codes makes ten printed codes for the seller of a, on the page, with a proof
// by d.
func (g *gateway) codes(a approvals.Action, d *authtest.Device) []string {
	g.t.Helper()
	b, page := g.fromMarketplace(a)
	proof, err := d.Get(page.options())
	if err != nil {
		g.t.Fatal(err)
	}
	made := b.send(http.MethodPost, "/security/codes/proof", values("csrf", page.csrf(), "credential", string(proof))).want(http.StatusOK)
	codes := printed.FindAllString(made.body, -1)
	if len(codes) != 10 {
		g.t.Fatalf("%d codes on the page", len(codes))
	}
	if again := b.get("/security/codes").want(http.StatusOK); printed.MatchString(again.body) {
		g.t.Error("the codes are shown twice")
	}
	return codes
}

// adding is the addition of a new passkey of a's seller, which waits for its
// step-up.
func (g *gateway) adding(a approvals.Action) approvals.Action {
	g.t.Helper()
	options, err := g.auth.BeginPasskeyAdd(g.t.Context(), a.SellerKey(), "Giulia Ferri")
	if err != nil {
		g.t.Fatal(err)
	}
	credential, err := authtest.NewDevice(home).Create(options)
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := g.auth.FinishPasskeyAdd(g.t.Context(), a.SellerKey(), auth.PasskeyAnswer{Name: "new phone", Credential: credential})
	if err != nil {
		g.t.Fatal(err)
	}
	details, err := json.Marshal(map[string]any{"authenticator": approvals.AuthenticatorRef{ID: made.ID, Method: made.Method, Name: made.Name}})
	if err != nil {
		g.t.Fatal(err)
	}
	r := g.Request(a.SellerKey())
	r.Kind, r.Details, r.BySeller = approvals.AuthenticatorAdd, details, true
	add, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return add
}

// TestNI16_Recovery: a seller who lost the passkey adds a new one with a printed
// code. It waits for 240 hours, every address is told, and the mailed link with
// another code confirms it; then the new passkey may approve money.
func TestNI16_Recovery(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	first := g.Create(t)
	d := g.phone(first)
	codes := g.codes(first, d)
	g.Clock.Advance(auth.FirstQuarantine) // a code counts only for what is asked for a week later
	add := g.adding(first)

	b := g.browser()
	b.session(add)
	review := b.get("/actions/" + add.Reference).want(http.StatusOK)
	if !review.leads("/actions/" + add.Reference + "/recovery") {
		t.Fatal("the review does not lead to the printed codes")
	}
	page := b.get("/actions/" + add.Reference + "/recovery").want(http.StatusOK)
	b.send(http.MethodPost, "/actions/"+add.Reference+"/recovery", values("csrf", page.csrf(), "code", "")).want(http.StatusUnprocessableEntity)
	done := b.send(http.MethodPost, "/actions/"+add.Reference+"/recovery", values("csrf", page.csrf(), "code", strings.ToLower(codes[0]))).want(http.StatusOK)
	next := printed.FindString(done.body)
	if next == "" || next == codes[0] {
		t.Error("no new code in the place of the used one (NI-17)")
	}
	b.send(http.MethodPost, "/security/codes/proof", values("csrf", page.csrf())).want(http.StatusNotFound) // a printed code opens no settings
	add = g.state(add, approvals.Notifying)
	if add.Wait != 240*time.Hour {
		t.Errorf("it waits %s", add.Wait)
	}
	add = g.drive(add, approvals.AwaitingConfirmation)
	g.Clock.Advance(time.Minute)
	mail := g.browser()
	mail.mail(approvals.ConfirmLink, add).want(http.StatusOK)
	page = mail.get("/confirm/recovery").want(http.StatusOK)
	mail.send(http.MethodPost, "/confirm/recovery", values("csrf", page.csrf(), "code", codes[0])).want(http.StatusUnprocessableEntity)
	g.Clock.Advance(time.Minute)
	mail.send(http.MethodPost, "/confirm/recovery", values("csrf", page.csrf(), "code", next)).want(http.StatusUnprocessableEntity)
	g.Clock.Advance(time.Minute)
	mail.send(http.MethodPost, "/confirm/recovery", values("csrf", page.csrf(), "code", codes[1])).want(http.StatusOK)
	g.state(add, approvals.Executed)
	list, err := g.auth.Authenticators(t.Context(), first.SellerKey())
	if err != nil || len(list) != 2 || !list[1].Usable(g.Clock.Now()) {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestMF03_CodesNeedAProof (NI-24): a session alone, handed over or stolen, makes no
// codes, also one in which a proof was given before (AS-32).
func TestMF03_CodesNeedAProof(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	b := g.browser()
	b.get(g.sellerLink(a, approvals.ForSecurity))
	proved := g.browser()
	proved.keep(g.begin(a, true))
	for _, visit := range []*browser{b, proved} {
		page := visit.get("/security/codes").want(http.StatusOK)
		if !page.posts("/security/codes/proof") || page.posts("/security/codes") {
			t.Error("the page offers codes without a proof")
		}
		refused := visit.send(http.MethodPost, "/security/codes/proof", values("csrf", page.csrf())).want(http.StatusUnprocessableEntity)
		visit.send(http.MethodPost, "/security/codes", values("csrf", page.csrf())).want(http.StatusMethodNotAllowed)
		if printed.MatchString(refused.body) {
			t.Error("codes without a proof")
		}
	}
}

// TestRule10_NoCodeForMoney (MF-05): a printed code proves nothing but the addition of
// an authenticator.
func TestRule10_NoCodeForMoney(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	d := g.phone(a)
	codes := g.codes(a, d)
	b := g.browser()
	b.session(a)
	if page := b.get("/actions/" + a.Reference); page.leads("/actions/" + a.Reference + "/recovery") {
		t.Error("a review of a payout account leads to the printed codes")
	}
	b.get("/actions/" + a.Reference + "/recovery").want(http.StatusNotFound)
	token := b.get("/actions/" + a.Reference).csrf()
	b.send(http.MethodPost, "/actions/"+a.Reference+"/recovery", values("csrf", token, "code", codes[0])).want(http.StatusNotFound)
	g.state(a, approvals.AwaitingStepUp)
}

// TestRecover_Calendar: the whole calendar is there before anything begins, and
// without codes, or with codes that do not count yet, support is the way.
func TestRecover_Calendar(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	d := g.phone(a)
	b := g.browser()
	b.get(g.sellerLink(a, approvals.ForSecurity))
	if page := b.get("/recover").want(http.StatusOK); page.posts("/recover") {
		t.Error("a recovery is offered without codes")
	}
	g.codes(a, d)
	if page := b.get("/recover").want(http.StatusOK); page.posts("/recover") {
		t.Error("a recovery is offered while something waits")
	}
	if _, err := g.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
		t.Fatal(err)
	}
	b = g.browser()
	b.get(g.sellerLink(a, approvals.ForSecurity))
	for _, path := range []string{"/recover", "/security/codes"} {
		page := b.get(path).want(http.StatusOK)
		if page.leads("/enrol/passkey") || !strings.Contains(page.body, "They can be used from Monday 9 March 2026") {
			t.Errorf("%s does not say that the codes are too new: %s", path, page.body)
		}
	}
	g.Clock.Advance(auth.FirstQuarantine)
	b = g.browser()
	b.get(g.sellerLink(a, approvals.ForSecurity))
	page := b.get("/recover").want(http.StatusOK)
	if !page.posts("/recover") || !strings.Contains(page.body, "19 March 2026") { // 9 March and 240 hours
		t.Errorf("no calendar on the page: %s", page.body)
	}
}
