package session_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
	"countersign/web/session"
)

// office is a PeopleStore on a real database, with one developer.
type office struct {
	*session.PeopleStore
	people *auth.People
	clock  *approvalstest.Clock
	ada    auth.Person
	db     *approvaldb.DB
}

func newOffice(t *testing.T, secure bool) *office {
	t.Helper()
	const origin = "https://approve.market.example"
	db := approvalstest.OpenSQLite(t)
	world := approvalstest.Service(t, db, approvalstest.NewClock())
	people, err := auth.NewPeople(auth.PeopleConfig{
		Store: authdb.New(db), Sealer: world.Keys, RPID: "market.example", RPName: "Market", Origins: []string{origin},
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Now: world.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{people: people, clock: world.Clock, db: db}
	_, token, err := people.Invite(t.Context(), auth.Invitation{Marketplace: "acme", Role: auth.Developer, Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	options, err := people.BeginJoin(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := authtest.NewDevice(origin).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	if o.ada, err = people.Join(t.Context(), token, credential); err != nil {
		t.Fatal(err)
	}
	o.PeopleStore, err = session.NewPeople(session.PeopleConfig{
		Rows: authdb.NewPeopleSessions(db), People: people, Keys: func() [][]byte { return [][]byte{bytes.Repeat([]byte{1}, 32)} },
		Secure: secure, Now: world.Clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// signIn begins Ada's presence.
func (o *office) signIn(t *testing.T, b *browser) *http.Response {
	t.Helper()
	return b.do(func(w http.ResponseWriter, r *http.Request) {
		if err := o.Begin(w, r, o.ada); err != nil {
			t.Fatal(err)
		}
	})
}

func (o *office) there(t *testing.T, b *browser) *session.Presence {
	t.Helper()
	var p *session.Presence
	b.do(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		if p, err = o.Current(r); err != nil {
			t.Fatal(err)
		}
	})
	return p
}

// act is one act of the person there.
func (o *office) act(t *testing.T, b *browser, what func(http.ResponseWriter, *http.Request, *session.Presence) error) (err error) {
	t.Helper()
	b.do(func(w http.ResponseWriter, r *http.Request) {
		p, readErr := o.Current(r)
		if readErr != nil || p == nil {
			t.Fatalf("nobody is there: %v", readErr)
		}
		err = what(w, r, p)
	})
	return err
}

func TestAS08_CookieOfPeople(t *testing.T) {
	t.Parallel()
	for secure, prefix := range map[bool]string{true: "__Host-countersign-person", false: "countersign-person"} {
		o, b := newOffice(t, secure), new(browser)
		c := o.signIn(t, b).Cookies()[0]
		if c.Name != prefix || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
			t.Errorf("secure %v: %+v", secure, c)
		}
		if strings.Contains(c.Value, string(o.ada.ID)) {
			t.Error("the cookie says whose it is")
		}
	}
}

func TestSM04_PresencesEndOnTheServer(t *testing.T) {
	t.Parallel()
	o, b := newOffice(t, true), new(browser)
	o.signIn(t, b)
	began := o.clock.Now()
	for o.clock.Now().Before(began.Add(8*time.Hour - 15*time.Minute)) {
		o.clock.Advance(15 * time.Minute)
		if err := o.act(t, b, o.Touch); err != nil {
			t.Fatal(err)
		}
	}
	o.clock.Set(began.Add(8 * time.Hour))
	if p := o.there(t, b); p == nil || p.Person.ID != o.ada.ID {
		t.Fatalf("at eight hours: %+v", p)
	}
	o.clock.Advance(time.Second)
	if o.there(t, b) != nil {
		t.Error("there after eight hours")
	}
	o.signIn(t, b)
	o.clock.Advance(15*time.Minute + time.Second)
	if o.there(t, b) != nil {
		t.Error("there after fifteen idle minutes")
	}
}

func TestAS30_WhoIsRemovedIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	o, b := newOffice(t, true), new(browser)
	o.signIn(t, b)
	err := o.act(t, b, func(w http.ResponseWriter, r *http.Request, p *session.Presence) error {
		if err := o.people.Remove(t.Context(), o.ada.ID, audit.Actor{Type: audit.Operator}); err != nil {
			t.Fatal(err)
		}
		return o.Touch(w, r, p)
	})
	if !errors.Is(err, approvals.Refuse(approvals.CodeSessionEnded)) {
		t.Errorf("an act of somebody who was removed: %v", err)
	}
	if o.there(t, b) != nil {
		t.Error("still there")
	}
}

func TestSM02_AFreshProofRenews(t *testing.T) {
	t.Parallel()
	o, b := newOffice(t, true), new(browser)
	o.signIn(t, b)
	thief := &browser{cookies: slices.Clone(b.cookies)}
	page := o.there(t, b).Values.Page
	if err := o.act(t, b, o.Renew); err != nil {
		t.Fatal(err)
	}
	if o.there(t, thief) != nil {
		t.Error("the old id still opens the pages")
	}
	if p := o.there(t, b); p == nil || p.OwnPage(page) || !p.OwnPage(p.Values.Page) || p.OwnPage("") {
		t.Errorf("after the proof: %+v", p)
	}
	ended := &browser{cookies: slices.Clone(b.cookies)}
	b.do(func(w http.ResponseWriter, r *http.Request) {
		if err := o.End(w, r); err != nil {
			t.Fatal(err)
		}
	})
	if o.there(t, ended) != nil {
		t.Error("the cookie of an ended presence opens it again")
	}
	o.signIn(t, b)
	first := &browser{cookies: slices.Clone(b.cookies)}
	o.signIn(t, b)
	if o.there(t, first) != nil {
		t.Error("a second sign-in leaves the first one alive")
	}
}

// A session that a removal did not reach opens nothing: the person is read with
// each request.
func TestAS30_ThePersonIsReadEachTime(t *testing.T) {
	t.Parallel()
	o, b := newOffice(t, true), new(browser)
	o.signIn(t, b)
	err := o.db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		return tx.Exec("UPDATE people SET removed_at = ?", approvaldb.At(o.clock.Now())).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.there(t, b) != nil {
		t.Error("somebody who was removed is there")
	}
}
