package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// settings opens S11 in a new browser.
func (g *gateway) settings(a approvals.Action) (*browser, *answer) {
	g.t.Helper()
	b := g.browser()
	return b, b.get(g.sellerLink(a, approvals.ForSecurity)).want(http.StatusOK).at("/security")
}

// TestS11_Settings: what can be set is saved and told once; what cannot be is
// refused at its field and changes nothing.
func TestS11_Settings(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	b, page := g.settings(a)
	list, err := g.auth.Authenticators(t.Context(), a.SellerKey())
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	today := g.Clock.Now()
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	for _, test := range []struct {
		path, field, value string
		more               []string
		says               string
		refused            bool
	}{
		{"/choices", "zone", "Mars/Olympus", []string{"locale", "en"}, "We do not know this time zone", true},
		{"/choices", "zone", "Local", []string{"locale", "en"}, "We do not know this time zone", true},
		{"/choices", "zone", "", []string{"locale", "en"}, "We do not know this time zone", true},
		{"/choices", "zone", "../../etc/passwd", []string{"locale", "en"}, "We do not know this time zone", true},
		{"/choices", "zone", "America/New_York", []string{"locale", "en"}, "are saved", false},
		{"/longer", "hours", "x", nil, "from 0 to 720", true},
		{"/longer", "hours", "-1", nil, "from 0 to 720", true},
		{"/longer", "hours", "721", nil, "from 0 to 720", true},
		{"/longer", "hours", "12", nil, "longer wait is saved", false},
		{"/longer", "hours", "11", nil, "cannot be made shorter", true},
		{"/travel", "until", "", nil, "at most 90 days", true},
		{"/travel", "until", day(-2), nil, "at most 90 days", true},
		{"/travel", "until", day(92), nil, "at most 90 days", true},
		{"/travel", "until", "2026-13-40", nil, "at most 90 days", true},
		{"/travel", "until", day(7), nil, "travel lock is on", false},
		{"/travel", "until", day(3), nil, "cannot end earlier", true},
		{"/name", "name", "  ", []string{"authenticator", list[0].ID}, "1 to 64 characters", true},
		{"/name", "name", "Mine", []string{"authenticator", "x"}, "1 to 64 characters", true},
		{"/name", "name", "My key", []string{"authenticator", list[0].ID}, "new name is saved", false},
		{"/sign-out", "device", "nobody", nil, "signed out already", true},
	} {
		before := g.snapshot()
		page = b.post("/security"+test.path, values(append([]string{"csrf", page.csrf(), test.field, test.value}, test.more...)...))
		if test.refused {
			page.want(http.StatusUnprocessableEntity)
			if !strings.HasPrefix(page.title(), "Error:") {
				t.Errorf("%s %q: title %q", test.path, test.value, page.title())
			}
			if withoutEvents(g.snapshot()) != withoutEvents(before) {
				t.Errorf("%s %q changed something", test.path, test.value)
			}
		} else {
			page.want(http.StatusOK).at("/security")
		}
		if !strings.Contains(page.body, test.says) {
			t.Errorf("%s %q does not say %q", test.path, test.value, test.says)
		}
	}
	if again := b.get("/security"); strings.Contains(again.body, "new name is saved") || !strings.Contains(again.body, "My key") {
		t.Error("what was saved is told twice, or not kept")
	}
	s, err := g.Parts.Reader.Seller(t.Context(), a.SellerKey())
	if err != nil || s.TimeZone != "America/New_York" || s.Choices.ExtraWait != 12*time.Hour || !s.Travelling(g.Clock.Now().AddDate(0, 0, 7)) {
		t.Errorf("%+v, %v", s, err)
	}
	b.post("/security/choices", values("csrf", page.csrf(), "locale", "xx", "zone", "Europe/Rome")).want(http.StatusBadRequest)
}

// withoutEvents leaves the log out: a refusal is written there.
func withoutEvents(snapshot string) string {
	var kept []string
	for line := range strings.SplitSeq(snapshot, "\n") {
		if !strings.HasPrefix(line, "events ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// TestS11_Cards: what protects the seller is there, and addresses are masked.
func TestS11_Cards(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	_, page := g.settings(a)
	if !page.leads("/enrol") || strings.Contains(page.body, "@example.com\"") {
		t.Error("no way to set up, or an address in full")
	}
	g.phone(a)
	if _, err := g.auth.MakeRecoveryCodes(t.Context(), a.SellerKey()); err != nil {
		t.Fatal(err)
	}
	b, page := g.settings(a)
	for _, want := range []string{"phone", "10 recovery codes", "•••@example.com", "This one", "never used"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page.body, string(a.Seller)+"@example.com") {
		t.Error("an address in full")
	}
	if page.leads("/enrol") {
		t.Error("a second first authenticator is offered")
	}
	b.get("/security/check").want(http.StatusOK)
}

// TestCookieReplay_cookie_replay (SM-02, SM-03, SM-04, PS-07, AS-30, AS-31): a
// stolen session cookie opens nothing once the owner has proved, signed it out,
// signed out everywhere, or five minutes have gone by.
func TestCookieReplay_cookie_replay(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(g *gateway, a approvals.Action, owner *browser, page *answer){
		"a proof gives another id": func(g *gateway, a approvals.Action, owner *browser, _ *answer) {
			device := g.phone(a)
			owner.stepUpByPasskey(a, device).want(http.StatusOK)
		},
		"signed out everywhere": func(_ *gateway, _ approvals.Action, owner *browser, page *answer) {
			owner.post("/security/sign-out-everywhere", values("csrf", page.csrf())).want(http.StatusOK).at("/signed-out")
			owner.get("/security").want(http.StatusUnauthorized)
		},
		"5:01 without an act": func(g *gateway, _ approvals.Action, _ *browser, _ *answer) {
			g.Clock.Advance(5*time.Minute + time.Second)
		},
		"another visit begins in the browser": func(g *gateway, a approvals.Action, owner *browser, _ *answer) {
			owner.get(g.sellerLink(a, approvals.ForHistory)).want(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.Create(t)
			owner, page := g.settings(a)
			thief := owner.copied()
			thief.get("/security").want(http.StatusOK)
			end(g, a, owner, page)
			before := g.snapshot()
			for _, path := range []string{"/security", "/history", "/actions/" + a.Reference + "/status"} {
				thief.get(path).want(http.StatusUnauthorized)
			}
			thief.post("/security/longer", values("csrf", page.csrf(), "hours", "700")).want(http.StatusUnauthorized)
			if g.snapshot() != before {
				t.Error("a replayed cookie changed something")
			}
		})
	}
}

// TestS11_SignOutOneDevice: the owner ends the thief's session by name and goes
// on, and every contact is told where all are ended.
func TestS11_SignOutOneDevice(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	owner, _ := g.settings(a)
	g.Clock.Advance(time.Second)
	thief := g.browser()
	thief.keep(g.begin(a, true))
	page := owner.get("/security")
	handle := page.field("device")
	if handle == "" {
		t.Fatalf("the other device is not listed: %s", page.body)
	}
	owner.post("/security/sign-out", values("csrf", page.csrf(), "device", handle)).want(http.StatusOK)
	thief.get("/security").want(http.StatusUnauthorized)
	page = owner.get("/security").want(http.StatusOK)
	owner.post("/security/sign-out-everywhere", values("csrf", page.csrf())).want(http.StatusOK)
	var told int
	if err := g.db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM security_notices WHERE what = 'signed_out_everywhere'").Scan(&told); err != nil || told != 1 {
		t.Errorf("%d notices, %v", told, err)
	}
}

// TestS14_Check is there for everybody, and a reference leads to signing in,
// whether or not there is such a thing.
func TestS14_Check(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	page := g.browser().get("/security/check").want(http.StatusOK)
	if !strings.Contains(page.body, "approve.market.example") || !strings.Contains(page.body, "market.example/security") {
		t.Error("the page does not say where we are")
	}
	real := g.browser().get("/find?reference=" + strings.ToLower(a.Reference)).want(http.StatusOK)
	fake := g.browser().get("/find?reference=BD-AAAA-AAAA").want(http.StatusOK)
	if strings.ReplaceAll(real.body, a.Reference, "X") != strings.ReplaceAll(fake.body, "BD-AAAA-AAAA", "X") {
		t.Error("the page tells whether there is such an action")
	}
	for _, wrong := range []string{"", "x", "%3Cscript%3E", "BD-7K4Q"} {
		got := g.browser().get("/find?reference=" + wrong).want(http.StatusUnprocessableEntity)
		if strings.Contains(got.body, "<script>") {
			t.Error("what was typed is on the page")
		}
	}
}
