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

// devices lists what the browser's visit sees.
func (b *browser) devices(t *testing.T, g *gateway) []session.Device {
	t.Helper()
	var list []session.Device
	err := b.act(t, g, func(_ http.ResponseWriter, r *http.Request, v *session.Visit) (err error) {
		list, err = g.Devices(r, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (b *browser) endDevice(t *testing.T, g *gateway, handle string) error {
	t.Helper()
	return b.act(t, g, func(_ http.ResponseWriter, r *http.Request, v *session.Visit) error { return g.EndDevice(r, v, handle) })
}

// TestNI22_VisitsAreSeenAndEndedOneByOne: a seller sees their own live visits
// and nobody else's, and ends the one they do not know.
func TestNI22_VisitsAreSeenAndEndedOneByOne(t *testing.T) {
	t.Parallel()
	g := newGateway(t, true)
	own, thief, other := new(browser), &browser{agent: "Thief/1.0 " + strings.Repeat("\xffx", 200)}, new(browser)
	own.begin(t, g, giulia, "a-1")
	other.begin(t, g, marco, "b-1")
	g.clock.Advance(time.Minute)
	thief.begin(t, g, giulia, "a-1")

	list := own.devices(t, g)
	if len(list) != 2 || list[0].Here || !list[1].Here {
		t.Fatalf("devices %+v", list)
	}
	if !strings.HasPrefix(list[0].UserAgent, "Thief/1.0 xxx") || len(list[0].UserAgent) > 256 {
		t.Errorf("named %q", list[0].UserAgent)
	}
	if !list[1].BegunAt.Add(time.Minute).Equal(list[0].BegunAt) || !list[1].SeenAt.Equal(list[1].BegunAt) {
		t.Errorf("times %+v", list)
	}
	for _, wrong := range []string{"", "x", thief.devices(t, g)[0].Handle, other.devices(t, g)[0].Handle} {
		if err := own.endDevice(t, g, wrong); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
			t.Errorf("handle %q: %v", wrong, err)
		}
	}
	if err := own.endDevice(t, g, list[0].Handle); err != nil {
		t.Fatal(err)
	}
	if thief.find(t, g.Store).Visit != nil || own.find(t, g.Store).Visit == nil || other.find(t, g.Store).Visit == nil {
		t.Error("another visit than the one named was ended")
	}
	g.clock.Advance(4*time.Minute + time.Second)
	fresh := new(browser)
	fresh.begin(t, g, giulia, "a-1")
	if list := fresh.devices(t, g); len(list) != 1 || !list[0].Here {
		t.Errorf("a visit that ended by itself is listed: %+v", list)
	}
}

// TestAS30_EndAllIsAtOnce: every visit of the seller ends, also the one that
// asks and one that a request still holds.
func TestAS30_EndAllIsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, true)
	own, thief, other := new(browser), new(browser), new(browser)
	for _, b := range []*browser{own, thief} {
		b.begin(t, g, giulia, "a-1")
	}
	other.begin(t, g, marco, "b-1")
	kept := &browser{cookies: slices.Clone(own.cookies)}
	err := thief.act(t, g, func(w http.ResponseWriter, r *http.Request, v *session.Visit) error {
		err := own.act(t, g, func(w http.ResponseWriter, r *http.Request, v *session.Visit) error { return g.EndAll(w, r, v) })
		if err != nil {
			t.Fatal(err)
		}
		return g.Renew(w, r, v, true)
	})
	if !errors.Is(err, approvals.Refuse(approvals.CodeSessionEnded)) {
		t.Errorf("a proof in an ended visit: %v", err)
	}
	if len(own.cookies) != 0 {
		t.Error("the cookie is still there")
	}
	for _, b := range []*browser{thief, kept} {
		if b.find(t, g.Store).Visit != nil {
			t.Error("a visit goes on")
		}
	}
	if other.find(t, g.Store).Visit == nil {
		t.Error("another seller was signed out")
	}
}

// TestAVisitOfAWholeSeller: it opens no action by itself, keeps what it is when
// an action is handed over too, and gives it to nobody else.
func TestAVisitOfAWholeSeller(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	enter := func(begin session.Beginning) *session.Visit {
		b.do(func(w http.ResponseWriter, r *http.Request) {
			if _, err := g.Begin(w, r, begin); err != nil {
				t.Fatal(err)
			}
		})
		return b.find(t, g.Store).Visit
	}
	if v := enter(session.Beginning{Seller: giulia, Action: "a-1"}); v.Own() {
		t.Error("the hand-off of one action opens the whole seller")
	}
	if v := enter(session.Beginning{Seller: giulia, Door: "d"}); !v.Own() || v.Values.Door != "d" || v.May("") || !v.May("a-1") {
		t.Errorf("visit %+v", v)
	}
	if v := enter(session.Beginning{Seller: giulia, Action: "a-2"}); !v.Own() || v.Values.Door != "d" || !v.May("a-2") {
		t.Errorf("visit %+v", v)
	}
	if v := enter(session.Beginning{Seller: marco, Action: "b-1"}); v.Own() || v.Values.Door != "" {
		t.Errorf("visit %+v", v)
	}
	if v := enter(session.Beginning{Seller: marco, Action: "b-1", Proved: true}); !v.Own() {
		t.Error("a proof does not open the seller's own pages")
	}
}
