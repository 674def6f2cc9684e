package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth/authtest"
)

// lost is a seller with a passkey whose recovery by the desk is open.
func (g *gateway) lost() (approvals.Action, approvals.Recovery) {
	g.t.Helper()
	a := g.Create(g.t)
	g.phone(a)
	r := g.Recovering(g.t, a.SellerKey())
	g.Clock.Set(r.OpensAt)
	return a, g.Opened(g.t, a.SellerKey())
}

// replacing is the newest mailed link of a recovery.
func (g *gateway) replacing(r approvals.Recovery) string {
	return "/replace/" + g.Keys.Links().RecoveryToken(r.ID, r.Serial)
}

// TestAS26_ReplacedByLink: the mailed link, opened however often, changes nothing;
// its button begins a visit that sets something new up and opens nothing else, and
// that ends every other visit.
func TestAS26_ReplacedByLink(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, r := g.lost()
	other := g.browser()
	other.keep(g.begin(a, true))
	other.get("/security").want(http.StatusOK)

	b := g.browser()
	before := g.snapshot()
	b.send(http.MethodHead, g.replacing(r), nil)
	page := b.get(g.replacing(r)).want(http.StatusOK).at("/replace")
	b.get(g.replacing(r)).want(http.StatusOK)
	if g.snapshot() != before {
		t.Fatal("opening the link changed something")
	}
	b.send(http.MethodPost, "/replace", values("csrf", "other")).want(http.StatusForbidden) // AS-07
	foreign := b.copied()
	foreign.header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
	foreign.send(http.MethodPost, "/replace", values("csrf", page.csrf())).want(http.StatusForbidden)
	b.send(http.MethodPost, "/replace", values("csrf", page.csrf())).want(http.StatusSeeOther)
	chosen := b.get("/enrol").want(http.StatusOK)
	for _, path := range []string{"/security", "/history", "/actions/" + a.Reference, "/security/codes", "/recover"} {
		if got := b.get(path); got.StatusCode < 400 {
			t.Errorf("the visit opens %s: %d", path, got.StatusCode)
		}
	}
	if !chosen.leads("/enrol/app") {
		t.Error("an app cannot be chosen")
	}
	page = b.get("/enrol/passkey").want(http.StatusOK)
	made, err := authtest.NewDevice(home).Create(page.options())
	if err != nil {
		t.Fatal(err)
	}
	b.send(http.MethodPost, "/enrol/passkey", values("csrf", page.csrf(), "name", "New phone", "credential", string(made))).want(http.StatusSeeOther)
	done := b.get("/enrol/passkey").want(http.StatusOK).at("/enrol/done")
	if !strings.Contains(done.body, "New phone") {
		t.Errorf("the last page says:\n%s", done.body)
	}
	list, err := g.auth.Authenticators(t.Context(), a.SellerKey())
	if err != nil || len(list) != 2 || list[0].DisabledAt.IsZero() || !list[1].UsableFrom.Equal(g.Clock.Now().Add(168*time.Hour)) {
		t.Errorf("%+v, %v", list, err)
	}
	other.get("/security").want(http.StatusUnauthorized)
	g.browser().get(g.replacing(r)).want(http.StatusGone)
}

// TestAS26_ReplacedByApp is the same with an authenticator app; a stop meanwhile
// leads to the page that says so.
func TestAS26_ReplacedByApp(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for _, stopped := range []bool{false, true} {
		a, r := g.lost()
		b := g.browser()
		page := b.get(g.replacing(r))
		b.send(http.MethodPost, "/replace", values("csrf", page.csrf()))
		page = b.get("/enrol/app").want(http.StatusOK)
		if stopped {
			if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", a.SellerActor()); err != nil {
				t.Fatal(err)
			}
			b.send(http.MethodPost, "/enrol/app", values("csrf", page.csrf(), "totp", "123456")).want(http.StatusConflict)
			b.get("/enrol/app").at("/replace")
			continue
		}
		app, err := authtest.NewApp(page.byID("key"))
		if err != nil {
			t.Fatal(err)
		}
		b.send(http.MethodPost, "/enrol/app", values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusSeeOther)
		b.get("/enrol/done").want(http.StatusOK)
	}
}

// TestTwoCalls_Seller: who has lost what they sign in with asks the desk once; every
// address is told, and a second call joins the case that is open (THREATS B9). Who
// never had a sign-in method is not sent there.
func TestTwoCalls_Seller(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	none := g.browser()
	none.session(g.Create(t))
	if page := none.get("/recover").want(http.StatusOK); strings.Contains(page.body, "/recover/support") {
		t.Error("who has nothing to replace can ask for it")
	}
	a := g.Create(t)
	g.phone(a)
	b := g.browser()
	b.keep(g.begin(a, true))
	page := b.get("/recover").want(http.StatusOK)
	for range 2 {
		b.send(http.MethodPost, "/recover/support", values("csrf", page.csrf())).want(http.StatusSeeOther)
	}
	if page = b.get("/recover"); strings.Contains(page.body, "/recover/support") {
		t.Error("it can be asked for again")
	}
	if err := g.Service.AskRecovery(t.Context(), a.SellerKey(), approvals.Action{}.SellerActor()); err != nil {
		t.Fatal(err)
	}
	var found struct{ Cases, Told int }
	err := g.DB.Read(t.Context()).Raw(`SELECT (SELECT count(*) FROM cases WHERE seller = ? AND reason = 'recovery') AS cases,
		(SELECT count(*) FROM security_notices WHERE seller = ? AND what = 'support_recovery_asked') AS told`, string(a.Seller), string(a.Seller)).Scan(&found).Error
	if err != nil || found.Cases != 1 || found.Told != 1 {
		t.Errorf("%+v, %v, want one case and one notice", found, err)
	}
}
