package seller_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestSM02_D1_TheSessionIsRenewedByAProof: whoever knew the session before the
// first proof has nothing after it.
func TestSM02_D1_TheSessionIsRenewedByAProof(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	b.handoff(a)
	thief := b.copied()
	b.stepUpByPasskey(a, device).want(http.StatusOK)
	thief.get("/actions/" + a.Reference + "/status").want(http.StatusUnauthorized)
	b.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
}

// TestPS20_TheLogNamesTheSession: the audit lines of what a seller does name the
// session it was done in, by the hash that the session is kept under; its id, which
// opens it, is nowhere.
func TestPS20_TheLogNamesTheSession(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	b.handoff(a)
	b.stepUpByPasskey(a, device).want(http.StatusOK)
	page := b.get("/actions/" + a.Reference + "/cancel").want(http.StatusOK)
	b.post("/actions/"+a.Reference+"/cancel", values("csrf", page.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	var want string
	if err := g.db.Read(t.Context()).Raw("SELECT lower(hex(hash)) FROM sessions WHERE ended_at IS NULL").Scan(&want).Error; err != nil {
		t.Fatal(err)
	}
	events, err := g.Service.Reader.Timeline(t.Context(), a.Key())
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	for _, e := range events {
		named[e.Verb] = e.Data["session"]
	}
	if len(want) != 64 || named["step_up"] != want || named["cancel"] != want || named["create"] != "" {
		t.Errorf("the log names %v, want %s", named, want)
	}
}

// TestSM03_APlantedSessionIsNotAdopted: a session that somebody else began and
// put into the seller's browser is not the one the seller goes on in.
func TestSM03_APlantedSessionIsNotAdopted(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	thief := g.browser()
	thief.handoff(a)
	victim := thief.copied()
	victim.handoff(a).want(http.StatusOK)
	if slices.Equal(victim.cookies, thief.cookies) {
		t.Error("the planted id is still in use")
	}
	thief.get("/actions/" + a.Reference).want(http.StatusUnauthorized)
	victim.get("/actions/" + a.Reference).want(http.StatusOK)
}

// TestSM04_SessionsEnd: five minutes idle, fifteen in all; the page that comes
// then says so and leads back, and nothing that is sent then counts.
func TestSM04_SessionsEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		acts  int // one every four minutes
		rest  time.Duration
		ended bool
	}{
		{"idle 5:00", 0, 5 * time.Minute, false},
		{"idle 5:01", 0, 5*time.Minute + time.Second, true},
		{"15:00 in all", 3, 3 * time.Minute, false},
		{"15:01 in all", 3, 3*time.Minute + time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a, b := g.Create(t), g.browser()
			path := "/actions/" + a.Reference
			page := b.handoff(a)
			for range test.acts {
				g.Clock.Advance(4 * time.Minute)
				page = b.get(path).want(http.StatusOK)
			}
			g.Clock.Advance(test.rest)
			if !test.ended {
				b.get(path).want(http.StatusOK)
				return
			}
			g.sessionEnded(b.get(path), a)
			g.sessionEnded(b.post(path+"/cancel", values("csrf", page.csrf(), "answer", "not_me")), a)
			g.state(a, approvals.AwaitingStepUp)
			b.get("/h/" + g.token(approvals.HandoffLink, a)) // expired by now; the marketplace makes another
		})
	}
}

// sessionEnded checks the page of an ended session: what it says, and its one
// button.
func (g *gateway) sessionEnded(page *answer, a approvals.Action) {
	g.t.Helper()
	page.want(http.StatusUnauthorized)
	if !strings.Contains(page.body, "Nothing is lost") || !page.leads(a.ReturnURL) {
		g.t.Errorf("page %q does not lead back to %s", page.byID("main"), a.ReturnURL)
	}
	if page.Header.Get("Clear-Site-Data") == "" {
		g.t.Error("SM-06: the browser keeps what it had")
	}
}

// TestPollingIsNoAct: what a page asks by itself keeps no session alive.
func TestPollingIsNoAct(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	g.phone(a)
	page := b.handoff(a)
	path := "/actions/" + a.Reference
	for range 5 {
		g.Clock.Advance(time.Minute)
		b.get(path + "/state").want(http.StatusOK)
		b.post(path+"/options", values("csrf", page.csrf())).want(http.StatusOK)
	}
	g.Clock.Advance(time.Second)
	b.get(path + "/state").want(http.StatusUnauthorized)
	b.post(path+"/options", values("csrf", page.csrf())).want(http.StatusUnauthorized)
}

// TestStateAnswersTheVersion: the poll learns that something changed, and
// nothing else.
func TestStateAnswersTheVersion(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	got := b.get("/actions/" + a.Reference + "/state").want(http.StatusOK)
	if got.body != `{"version":1}` || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("state %s as %s", got.body, got.Header.Get("Content-Type"))
	}
}

// TestAS01_OnlyItsOwnSeller: no route opens another seller's action, nor one of
// the same seller that was not handed over.
func TestAS01_OnlyItsOwnSeller(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	other := g.Create(t) // of another seller
	if other.Seller == a.Seller {
		t.Fatal("the fixture made one seller")
	}
	b := g.browser()
	b.handoff(other)
	csrf := b.get("/actions/" + other.Reference + "/cancel").csrf()
	before := g.snapshot()
	for _, pattern := range []string{"GET ", "GET /status", "GET /state", "GET /code", "GET /cancel", "GET /cancelled", "POST /step-up", "POST /options", "POST /reveal", "POST /resend", "POST /cancel"} {
		method, suffix, _ := strings.Cut(pattern, " ")
		form := values("csrf", csrf, "answer", "not_me")
		if method == http.MethodGet {
			form = nil
		}
		if got := b.send(method, "/actions/"+a.Reference+suffix, form); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", pattern, got.StatusCode)
		}
	}
	if g.snapshot() != before {
		t.Error("something changed")
	}
}

// TestD2_AnotherSellerInTheSameBrowser: the first one's session, and the links
// opened for them, end.
func TestD2_AnotherSellerInTheSameBrowser(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, other := g.Create(t), g.Create(t)
	for name, arrive := range map[string]func(b *browser){
		"by hand-off": func(b *browser) { b.handoff(other) },
		"by mail":     func(b *browser) { b.mail(approvals.StopLink, other) },
	} {
		b := g.browser()
		b.mail(approvals.StopLink, a)
		b.session(a)
		before := b.copied()
		arrive(b)
		before.get("/actions/" + a.Reference).want(http.StatusUnauthorized)
		b.get("/actions/" + a.Reference).want(map[string]int{"by hand-off": http.StatusNotFound, "by mail": http.StatusUnauthorized}[name])
		if page := b.get("/cancel"); page.StatusCode == http.StatusOK && strings.Contains(page.body, a.Reference) {
			t.Errorf("%s: the first seller's stop link is still open", name)
		}
	}
}

// TestWithoutASession: no session page answers a stranger.
func TestWithoutASession(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	for _, path := range []string{"/actions/" + a.Reference, "/enrol", "/enrol/passkey", "/enrol/app", "/enrol/done", "/confirm", "/confirm/review", "/confirm/code", "/cancel", "/locked"} {
		page := g.browser().get(path).want(http.StatusUnauthorized)
		if strings.Contains(page.body, a.Reference) || strings.Contains(page.body, a.ReturnURL) {
			t.Errorf("%s tells a stranger about the action", path)
		}
	}
}
