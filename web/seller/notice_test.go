package seller_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/web/peer"
	"countersign/web/rate"
	"countersign/web/seller"
)

// told tells the seller of a of a new passkey and returns the link of the mail,
// which is accepted now.
func (g *gateway) told(a approvals.Action) string {
	g.t.Helper()
	err := g.Service.NotifySeller(g.t.Context(), a.SellerKey(), approvals.SecurityNotice{
		What: approvals.SecurityAuthenticatorAdded, At: g.Clock.Now(), Method: approvals.Passkey, Name: "kitchen",
		Origin: approvals.Origin{IP: "203.0.113.24", UserAgent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"},
	})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, m := range g.SendMails(g.t) {
		if m.Notice != nil && m.Notice.Name == "kitchen" {
			return "/not-me/" + m.StopToken
		}
	}
	g.t.Fatal("nobody was told")
	return ""
}

// TestNI21_ThisWasNotMe: the link of a notice opens a page without signing in,
// which says what the mail says; its one answer locks, cancels what waits, ends
// the seller's visits and opens a case.
func TestNI21_ThisWasNotMe(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.CoolingOff)
	thief := g.browser()
	thief.session(a)
	thief.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
	link := g.told(a)
	g.Clock.Advance(g.Service.HumanDelay)

	b := g.browser()
	page := b.get(link).want(http.StatusOK).at("/not-me")
	for _, part := range []string{"kitchen", "Firefox on Windows", "203.0.113.24", "Nothing happens until you press the button"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page does not say %q: %s", part, page.byID("main"))
		}
	}
	none := b.post("/not-me", values("csrf", page.csrf())).want(http.StatusUnprocessableEntity)
	if !strings.HasPrefix(none.title(), "Error:") {
		t.Errorf("title %q", none.title())
	}
	b.post("/not-me", values("csrf", page.csrf(), "answer", "changed_mind")).want(http.StatusUnprocessableEntity)
	fine := b.post("/not-me", values("csrf", page.csrf(), "answer", "was_me")).want(http.StatusOK).at("/not-me/fine")
	if !fine.leads("/not-me") || strings.Contains(fine.body, "locked") {
		t.Errorf("the page: %s", fine.byID("main"))
	}
	g.state(a, approvals.CoolingOff)

	done := b.post("/not-me", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK).at("/not-me/done")
	if a = g.state(a, approvals.Cancelled); a.Cancel != approvals.NotMe {
		t.Errorf("cancelled for %s", a.Cancel)
	}
	s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey())
	if err != nil || !s.Locked || s.LockedBy != approvals.LockNotMe {
		t.Errorf("seller %+v, %v", s, err)
	}
	c, err := g.Parts.Cases.OpenCase(t.Context(), a.SellerKey())
	if err != nil || !strings.Contains(done.body, c.Number) {
		t.Errorf("case %v, %v; the page: %s", c, err, done.byID("main"))
	}
	thief.get("/actions/" + a.Reference + "/status").want(http.StatusUnauthorized)
	b.get("/not-me/done").want(http.StatusOK) // and again
	b.get(link).want(http.StatusOK)
}

// TestNI25_LostDevice (NI-25): whoever lost the phone says so from a mail, without
// it. What waits has stopped, and from that moment a right proof by the phone
// moves nothing.
func TestNI25_LostDevice(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, owner := g.Create(t), g.browser()
	phone := g.phone(a)
	link := g.told(a)
	g.Clock.Advance(g.Service.HumanDelay)
	owner.post("/not-me", values("csrf", owner.get(link).csrf(), "answer", "not_me")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)

	next, err := g.Service.Create(t.Context(), g.Request(a.SellerKey()))
	if err != nil || next.State != approvals.Held {
		t.Fatalf("the finder's change: %s, %v", next.State, err)
	}
	sub := auth.SubjectOf(next, approvals.StageStepUp)
	if options, err := g.auth.BeginPasskey(t.Context(), sub); err == nil {
		answer, _ := phone.Get(options)
		p, _ := g.auth.ProvePasskey(t.Context(), sub, answer)
		if _, err = g.Service.StepUp(t.Context(), next.Key(), p); err == nil {
			t.Error("the lost phone's proof is taken")
		}
	}
	g.state(next, approvals.Held)
}

// TestNI21_TheLinkLasts: a mailbox may be read after weeks; after a year the
// link still locks.
func TestNI21_TheLinkLasts(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{30 * 24 * time.Hour, 365 * 24 * time.Hour} {
		g := newGateway(t)
		a := g.Create(t)
		link := g.told(a)
		g.Clock.Advance(age)
		b := g.browser()
		page := b.get(link).want(http.StatusOK)
		b.post("/not-me", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK).at("/not-me/done")
		if s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey()); err != nil || !s.Locked {
			t.Errorf("after %v: locked %v, %v", age, s.Locked, err)
		}
	}
}

// TestUXS7_AMachineLocksNobody: an answer within seconds of the mail opens a
// case, cancels nothing, and the page asks once more.
func TestUXS7_AMachineLocksNobody(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.CoolingOff)
	link := g.told(a)
	b := g.browser()
	b.get("/not-me/done").want(http.StatusUnauthorized)
	page := b.get(link).want(http.StatusOK)
	b.get("/not-me/done").want(http.StatusOK).at("/not-me") // nothing was answered yet
	done := b.post("/not-me", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK).at("/not-me/done")
	if !strings.Contains(done.body, "locked nothing yet") || !done.leads("/not-me") {
		t.Errorf("the page: %s", done.byID("main"))
	}
	g.state(a, approvals.CoolingOff)
	if s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey()); err != nil || s.Locked {
		t.Errorf("locked %v, %v", s.Locked, err)
	}
	g.Clock.Advance(g.Service.HumanDelay)
	again := b.get("/not-me").want(http.StatusOK)
	b.post("/not-me", values("csrf", again.csrf(), "answer", "not_me")).want(http.StatusOK).at("/not-me/done")
	g.state(a, approvals.Cancelled)
}

// TestEM01_NoticeLinks: whatever a mail scanner does to the link of a notice,
// nothing changes, and the link still works.
func TestEM01_NoticeLinks(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.CoolingOff)
	link := g.told(a)
	g.Clock.Advance(g.Service.HumanDelay)
	g.robot(link, a)
	stranger := g.browser()
	for _, token := range []string{"nope", strings.TrimPrefix(link, "/not-me/n"), g.token(approvals.StopLink, a)} {
		stranger.get("/not-me/" + token).want(http.StatusNotFound)
	}
	stranger.get("/cancel/" + strings.TrimPrefix(link, "/not-me/")).want(http.StatusNotFound) // C7: typed
	stranger.get("/not-me").want(http.StatusUnauthorized)
	stranger.post("/not-me", values("answer", "not_me")).want(http.StatusUnauthorized)
	page := stranger.get(link).want(http.StatusOK)
	if strings.Contains(page.path, strings.TrimPrefix(link, "/not-me/")) {
		t.Errorf("the token stays in %s", page.path)
	}
	stranger.post("/not-me", values("csrf", "x", "answer", "not_me")).want(http.StatusForbidden)
	if s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey()); err != nil || s.Locked {
		t.Errorf("locked %v, %v", s.Locked, err)
	}
}

// TestD2_NoticeOfAnotherSeller: the notice of one seller leaves nothing of
// another in the browser.
func TestD2_NoticeOfAnotherSeller(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	one, other := g.Create(t), g.Create(t)
	b := g.browser()
	b.session(one)
	b.mail(approvals.StopLink, one)
	b.get(g.told(other)).want(http.StatusOK)
	b.get("/actions/" + one.Reference + "/status").want(http.StatusUnauthorized)
	b.get("/cancel").want(http.StatusUnauthorized)
	b.mail(approvals.StopLink, one).want(http.StatusOK)
	b.get("/not-me").want(http.StatusUnauthorized)
}

// TestB16_DowngradeIsTold: the owner of the passkey learns of a refused code,
// from which device it came, once however often it is tried.
func TestB16_DowngradeIsTold(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	g.phone(a)
	g.SendMails(t)
	b.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux) Firefox/140.0")
	page := b.handoff(a)
	for range 3 {
		b.post("/actions/"+a.Reference+"/step-up", values("csrf", page.csrf(), "totp", "123456")).want(http.StatusForbidden)
	}
	var told []approvals.OutMail
	for _, m := range g.SendMails(t) {
		if m.Notice != nil {
			told = append(told, m)
		}
	}
	if len(told) != len(a.Contacts) || told[0].Notice.What != approvals.SecurityDowngrade {
		t.Fatalf("told %+v", told)
	}
	// The tests' server is on this machine: its address says nothing.
	if got := told[0].Notice.Origin; got != (approvals.Origin{UserAgent: "Mozilla/5.0 (X11; Linux) Firefox/140.0"}) {
		t.Errorf("from %+v", got)
	}
	b.get("/not-me/" + told[0].StopToken).want(http.StatusOK)
}

// TestOrigin: only an address of the internet is shown to a seller.
func TestOrigin(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"203.0.113.24:40000": "203.0.113.24", "[2001:db8::7]:443": "2001:db8::7", "[::ffff:203.0.113.24]:1": "203.0.113.24",
		"127.0.0.1:1": "", "[::1]:1": "", "10.1.2.3:1": "", "192.168.1.9:1": "", "[fd00::1]:1": "", "[fe80::1%eth0]:1": "", "@": "", "": "",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		if got := seller.Origin(rate.Addresses{}, r).IP; got != want {
			t.Errorf("%q is shown as %q, want %q", remote, got, want)
		}
	}
}

// TestOrigin_BehindProxy: the address and the country that a trusted proxy tells
// are shown; what a client says of itself is not (AS-11).
func TestOrigin_BehindProxy(t *testing.T) {
	t.Parallel()
	proxies, err := peer.Parse([]string{"10.0.0.5"})
	if err != nil {
		t.Fatal(err)
	}
	clients := rate.Addresses{Trusted: proxies, CountryHeader: "X-Country"}
	for name, c := range map[string]struct {
		remote  string
		country []string
		want    approvals.Origin
	}{
		"a proxy's word":   {"10.0.0.5:1", []string{"NL"}, approvals.Origin{IP: "203.0.113.24", Country: "NL"}},
		"a client's word":  {"198.51.100.7:1", []string{"NL"}, approvals.Origin{IP: "198.51.100.7"}},
		"none":             {"10.0.0.5:1", nil, approvals.Origin{IP: "203.0.113.24"}},
		"two":              {"10.0.0.5:1", []string{"IT", "NL"}, approvals.Origin{IP: "203.0.113.24"}},
		"lower case":       {"10.0.0.5:1", []string{"nl"}, approvals.Origin{IP: "203.0.113.24"}},
		"no country":       {"10.0.0.5:1", []string{"XX"}, approvals.Origin{IP: "203.0.113.24"}},
		"a region":         {"10.0.0.5:1", []string{"150"}, approvals.Origin{IP: "203.0.113.24"}},
		"something longer": {"10.0.0.5:1", []string{"NL<script>"}, approvals.Origin{IP: "203.0.113.24"}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"], r.Header["X-Country"] = []string{"203.0.113.24"}, c.country
		if got := seller.Origin(clients, r); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
