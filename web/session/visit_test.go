package session_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web/session"
)

// TestAS08_CookieAttributes (PS-08, NI-22): no script, no other host and no
// plain connection gets the cookie, and it says nothing of the seller.
func TestAS08_CookieAttributes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		secure bool
		prefix string
	}{
		{"https", true, "__Host-"},
		{"http on loopback", false, "countersign-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, test.secure)
			answer := new(browser).begin(t, g, giulia, "a-1")
			if len(answer.Cookies()) != 1 {
				t.Fatalf("%d cookies, want one", len(answer.Cookies()))
			}
			c := answer.Cookies()[0]
			if !strings.HasPrefix(c.Name, test.prefix) || c.Secure != test.secure {
				t.Errorf("name %q, Secure %v", c.Name, c.Secure)
			}
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
				t.Errorf("attributes %+v", c)
			}
			if strings.Contains(c.Value, string(giulia.Seller)) || strings.Contains(c.Value, "a-1") {
				t.Error("the cookie says whose it is")
			}
		})
	}
}

// TestSM04_VisitsEndOnTheServer (PS-07, NI-23): five minutes idle, fifteen in
// all, by the server's clock.
func TestSM04_VisitsEndOnTheServer(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for _, test := range []struct {
		name  string
		acts  []time.Duration // since the beginning
		asked time.Duration
		ended bool
	}{
		{"idle 5:00", nil, 300 * second, false},
		{"idle 5:01", nil, 301 * second, true},
		{"an act starts the five minutes again", []time.Duration{299 * second}, 598 * second, false},
		{"idle after an act", []time.Duration{299 * second}, 600 * second, true},
		{"14:59 in all", []time.Duration{240 * second, 480 * second, 720 * second}, 899 * second, false},
		{"15:01 in all", []time.Duration{240 * second, 480 * second, 720 * second, 899 * second}, 901 * second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, b := newGateway(t, true), new(browser)
			b.begin(t, g, giulia, "a-1")
			start := g.clock.Now()
			for _, at := range test.acts {
				g.clock.Set(start.Add(at))
				if err := b.act(t, g, g.touch); err != nil {
					t.Fatal(err)
				}
			}
			g.clock.Set(start.Add(test.asked))
			found := b.find(t, g.Store)
			if found.Visit == nil || found.Ended != test.ended {
				t.Fatalf("found %+v, want ended %v", found, test.ended)
			}
			if found.Visit.Seller != giulia {
				t.Errorf("seller %v: an ended visit still says whose it was", found.Visit.Seller)
			}
		})
	}
}

func (g *gateway) touch(w http.ResponseWriter, r *http.Request, v *session.Visit) error {
	return g.Touch(w, r, v)
}

func TestSM04_ReadingIsNoAct(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	for range 6 { // a page that polls every minute
		g.clock.Advance(time.Minute)
		b.find(t, g.Store)
	}
	if !b.find(t, g.Store).Ended {
		t.Error("polling kept the visit alive")
	}
}

func TestSM02_AProofGivesANewID(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	thief := &browser{cookies: slices.Clone(b.cookies)} // who knew the id before
	page := b.find(t, g.Store).Visit.Values.Page

	err := b.act(t, g, func(w http.ResponseWriter, r *http.Request, v *session.Visit) error {
		v.Values.Done = "approved"
		return g.Renew(w, r, v, true)
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := thief.find(t, g.Store); found.Visit != nil {
		t.Error("the old id still opens the visit")
	}
	now := b.find(t, g.Store).Visit
	if now == nil || !now.Proved || now.Values.Done != "approved" || !now.May("a-1") {
		t.Fatalf("after the proof: %+v", now)
	}
	if now.OwnPage(page) || !now.OwnPage(now.Values.Page) {
		t.Error("the page token was not renewed")
	}
	if now.OwnPage("") {
		t.Error("an empty token is a page's own")
	}
}

func TestSM02_TheFifteenMinutesGoOn(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	for range 4 {
		g.clock.Advance(4 * time.Minute)
		renew := func(w http.ResponseWriter, r *http.Request, v *session.Visit) error { return g.Renew(w, r, v, true) }
		if err := b.act(t, g, renew); err != nil {
			t.Fatal(err)
		}
	}
	if !b.find(t, g.Store).Ended {
		t.Error("proofs kept a visit alive for 16 minutes")
	}
}

func TestD2_OneSellerABrowser(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	before := &browser{cookies: slices.Clone(b.cookies)}
	b.begin(t, g, marco, "b-1")
	if found := before.find(t, g.Store); found.Visit != nil {
		t.Error("the first seller's visit goes on")
	}
	if v := b.find(t, g.Store).Visit; v.Seller != marco || v.May("a-1") || !v.May("b-1") {
		t.Errorf("visit %+v", v)
	}
}

func TestBeginKeepsWhatTheSameSellerHadOpen(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	for _, id := range []approvals.ActionID{"a-1", "a-2", "a-1"} {
		b.begin(t, g, giulia, id)
	}
	if got := b.find(t, g.Store).Visit.Values.Actions; !slices.Equal(got, []approvals.ActionID{"a-2", "a-1"}) {
		t.Errorf("may open %v", got)
	}
	for i := range 20 {
		b.begin(t, g, giulia, approvals.ActionID(rune('a'+i)))
	}
	if got := b.find(t, g.Store).Visit.Values.Actions; len(got) != 8 {
		t.Errorf("a visit may open %d actions", len(got))
	}
	g.clock.Advance(6 * time.Minute)
	b.begin(t, g, giulia, "a-9")
	if got := b.find(t, g.Store).Visit.Values.Actions; len(got) != 1 {
		t.Errorf("an ended visit handed on %v", got)
	}
}

func TestAS30_EndedStaysEnded(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	kept := slices.Clone(b.cookies)
	err := b.act(t, g, func(w http.ResponseWriter, r *http.Request, v *session.Visit) error {
		other := &browser{cookies: kept} // another tab ends it while this request runs
		other.do(func(w http.ResponseWriter, r *http.Request) {
			if err := g.End(w, r); err != nil {
				t.Error(err)
			}
			if w.Header().Get("Clear-Site-Data") == "" {
				t.Error("SM-06: the browser keeps what it had")
			}
		})
		return g.Touch(w, r, v)
	})
	if !errors.Is(err, approvals.Refuse(approvals.CodeSessionEnded)) {
		t.Errorf("saving an ended visit: %v", err)
	}
	replayed := &browser{cookies: kept}
	if found := replayed.find(t, g.Store); found.Visit != nil {
		t.Error("the cookie of an ended visit opens it again")
	}
}
