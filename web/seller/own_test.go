package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// sellerLink is a hand-off of the seller of a.
func (g *gateway) sellerLink(a approvals.Action, p approvals.SellerPurpose) string {
	g.t.Helper()
	var path string
	err := g.Service.HandSeller(g.t.Context(), a.SellerKey(), p, audit.Actor{Type: audit.Marketplace, ID: "acme"},
		func(_ approvals.SellerHandoff, token string) (*approvals.Answer, error) {
			path = "/h/seller/" + token
			return nil, nil
		})
	if err != nil {
		g.t.Fatal(err)
	}
	return path
}

// TestSellerHandoff_LeadsToItsPage: each purpose has its page, opening spends
// nothing, and the session is of the whole seller and nobody else.
func TestSellerHandoff_LeadsToItsPage(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, other := g.Create(t), g.Create(t)
	for purpose, at := range map[approvals.SellerPurpose]string{approvals.ForEnrol: "/enrol", approvals.ForSecurity: "/security", approvals.ForHistory: "/history"} {
		link := g.sellerLink(a, purpose)
		before := g.snapshot()
		g.browser().send(http.MethodHead, link, nil).want(http.StatusSeeOther)
		for range 3 {
			page := g.browser().get(link).want(http.StatusOK).at(at)
			if page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.body, link[10:]) {
				t.Errorf("%s: cached, or the token is on the page", at)
			}
		}
		b := g.browser()
		b.get(link)
		b.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
		b.get("/actions/" + other.Reference + "/status").want(http.StatusNotFound)
		if g.snapshot() != before {
			t.Error("looking changed something")
		}
	}
	g.browser().get("/h/seller/nobody-made-this").want(http.StatusNotFound)
	g.browser().get("/h/" + g.sellerLink(a, approvals.ForHistory)[10:]).want(http.StatusNotFound)
	g.browser().get("/h/seller/" + g.token(approvals.HandoffLink, a)).want(http.StatusNotFound)
	link := g.sellerLink(a, approvals.ForHistory)
	b := g.browser()
	b.get(link)
	g.Clock.Advance(4 * time.Minute)
	b.get("/history").want(http.StatusOK)
	g.Clock.Advance(4 * time.Minute)
	b.get("/history").want(http.StatusOK)
	g.Clock.Advance(2 * time.Minute)
	b.get(link).want(http.StatusOK).at("/history") // its own session goes on
	over := g.browser().get(link)
	if over.StatusCode == http.StatusOK || !over.leads(a.ReturnURL) {
		t.Errorf("a link of ten minutes: %d", over.StatusCode)
	}
}

// TestSellerHandoff_SpentByTheFirstForm: whoever else holds the link can look no
// longer and do nothing; stopping still works (DESIGN rule 5).
func TestSellerHandoff_SpentByTheFirstForm(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	link := g.sellerLink(a, approvals.ForSecurity)
	own, fetched := g.browser(), g.browser()
	page, theirs := own.get(link), fetched.get(link)
	own.post("/security/longer", values("csrf", page.csrf(), "hours", "5")).want(http.StatusOK).at("/security")
	own.post("/security/longer", values("csrf", page.csrf(), "hours", "6")).want(http.StatusOK)
	fetched.post("/security/longer", values("csrf", theirs.csrf(), "hours", "700")).want(http.StatusGone)
	g.browser().get(link).want(http.StatusGone)
	if s, err := g.Parts.Reader.Seller(t.Context(), a.SellerKey()); err != nil || s.Choices.ExtraWait != 6*time.Hour {
		t.Errorf("choices %+v, %v", s.Choices, err)
	}
	stop := fetched.get("/actions/" + a.Reference + "/cancel").want(http.StatusOK)
	fetched.post("/actions/"+a.Reference+"/cancel", values("csrf", stop.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)
}

// TestOwnPages_AreForTheWholeSeller: the hand-off of one action does not open
// them, a proof does; a stranger and an ended session get the page that says so.
func TestOwnPages_AreForTheWholeSeller(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	device := g.phone(a)
	b := g.browser()
	b.handoff(a)
	for _, path := range []string{"/security", "/history", "/history.csv"} {
		b.get(path).want(http.StatusNotFound)
		g.browser().get(path).want(http.StatusUnauthorized)
	}
	if page := b.get("/actions/" + a.Reference + "/cancel"); page.leads("/security") {
		t.Error("a page leads to what is not there")
	}
	if page := b.stepUpByPasskey(a, device).want(http.StatusOK); !page.leads("/security") {
		t.Error("the status after a proof does not lead to the settings")
	}
	b.get("/security").want(http.StatusOK)
	whole := g.browser()
	whole.get(g.sellerLink(a, approvals.ForHistory)).want(http.StatusOK)
	g.Clock.Advance(5*time.Minute + time.Second)
	page := whole.get("/history").want(http.StatusUnauthorized)
	if !page.leads(a.ReturnURL) || !strings.Contains(page.body, "Nothing is lost") {
		t.Errorf("the end of a session leads nowhere: %s", page.body)
	}
}

// TestReveal_IsForTheSessionThatTyped: a session of the whole seller reads an
// action masked (UX S1).
func TestReveal_IsForTheSessionThatTyped(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	g.phone(a)
	b.get(g.sellerLink(a, approvals.ForHistory))
	page := b.get("/actions/" + a.Reference).want(http.StatusOK)
	if strings.Contains(page.body, "/reveal") {
		t.Error("the page offers the full number")
	}
	b.post("/actions/"+a.Reference+"/reveal", values("csrf", page.csrf())).want(http.StatusNotFound)
}

// TestEnrol_WithoutAnAction: a seller sets up the first authenticator at a calm
// moment, and nothing while locked.
func TestEnrol_WithoutAnAction(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	a = g.drive(a, approvals.Cancelled)
	b := g.browser()
	page := b.get(g.sellerLink(a, approvals.ForEnrol)).want(http.StatusOK).at("/enrol")
	if !page.leads("/security") {
		t.Error("there is no way around it")
	}
	b.get("/enrol/app").want(http.StatusOK)
	b.get("/enrol/passkey").want(http.StatusOK)
	g.phone(a)
	b.get("/enrol/done").want(http.StatusOK)
	b.get("/enrol").want(http.StatusOK).at("/enrol") // one more
	if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{}); err != nil {
		t.Fatal(err)
	}
	b.get("/enrol").want(http.StatusConflict)
}

// TestS8_LockedInBothVariants: a session of the whole seller reads that it is
// locked, what stays, and no case number before a proof; after one it does.
func TestS8_LockedInBothVariants(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	b, _ := g.settings(a)
	if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "called us", audit.Actor{}); err != nil {
		t.Fatal(err)
	}
	if page := b.get("/security").want(http.StatusOK); !page.leads("/locked") || page.leads("/enrol") {
		t.Error("the settings of a locked seller do not say so, or offer a set-up")
	}
	page := b.get("/locked").want(http.StatusOK)
	if !strings.Contains(page.body, "still ends in 4300") || strings.Contains(page.body, "C-1") {
		t.Errorf("without a proof: %s", page.byID("main"))
	}
	proved := g.browser()
	proved.keep(g.begin(a, true))
	if page := proved.get("/locked").want(http.StatusOK); !strings.Contains(page.body, "C-1") {
		t.Errorf("after a proof: %s", page.byID("main"))
	}
}

// TestSM01_OnlyTheCookieCarriesTheSession (SM-01): an id anywhere else opens nothing.
func TestSM01_OnlyTheCookieCarriesTheSession(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	owner, _ := g.settings(a)
	if len(owner.cookies) != 1 {
		t.Fatalf("%d cookies", len(owner.cookies))
	}
	c := owner.cookies[0]
	if n := len(c.Value); n < 52 { // 260 bits in base 32, and a signature
		t.Errorf("the cookie has %d characters", n)
	}
	stranger := g.browser()
	stranger.header["X-Session"] = []string{c.Value}
	stranger.header["Authorization"] = []string{"Bearer " + c.Value}
	for _, path := range []string{"/security?session=" + c.Value, "/security?" + c.Name + "=" + c.Value, "/security;" + c.Name + "=" + c.Value} {
		if got := stranger.send(http.MethodGet, path, nil); got.StatusCode < 400 {
			t.Errorf("%s: %d", path[:20], got.StatusCode)
		}
	}
}

// TestUnknownLinkOffersToFind: a link cut in half leads to where a reference
// can be typed.
func TestUnknownLinkOffersToFind(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	page := g.browser().get("/cancel/cut-in-half").want(http.StatusNotFound)
	if !strings.Contains(page.body, `action="/find"`) {
		t.Errorf("%s", page.body)
	}
}
