package dev_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
	"countersign/templates"
	"countersign/web/dev"
	"countersign/web/problem"
	"countersign/web/session"
)

const origin = "https://approve.market.example"

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// office is the developer pages on a real database with two marketplaces.
type office struct {
	*approvalstest.World
	t      *testing.T
	people *auth.People
	site   *dev.Site
	globex approvals.Marketplace
	recent problem.Recent
	// machine is the clock that people's sessions live by.
	machine *approvalstest.Clock
}

func newOffice(t *testing.T, test bool) *office {
	t.Helper()
	return newOfficeOn(t, approvalstest.OpenSQLite(t), test)
}

func newOfficeOn(t *testing.T, db *approvaldb.DB, test bool) *office {
	t.Helper()
	o := &office{World: approvalstest.Service(t, db, approvalstest.NewClock()), t: t, machine: approvalstest.NewClock()}
	o.globex, _ = o.AddMarketplace(t, "globex")
	rows := authdb.New(db)
	var err error
	o.people, err = auth.NewPeople(auth.PeopleConfig{
		Store: rows, Sealer: o.Keys, RPID: "market.example", RPName: "Market", Origins: []string{origin}, NewID: newID, Now: o.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := func() [][]byte { return [][]byte{bytes.Repeat([]byte{1}, 32)} }
	log := slog.New(slog.DiscardHandler)
	doors, err := session.New(session.Config{Rows: rows, Keys: keys, Secure: true, Now: o.Clock.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.NewPeople(session.PeopleConfig{Rows: authdb.NewPeopleSessions(db), People: o.people, Keys: keys, Secure: true, Now: o.machine.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := templates.New(templates.Config{PasskeyDomain: "market.example", Typed: map[templates.Locale]string{templates.EN: "market.example"}})
	if err != nil {
		t.Fatal(err)
	}
	o.site = dev.NewSite(dev.SiteConfig{
		Policies: &desk.Policies{Store: o.Parts.Policies, Default: risk.Default(), Now: o.Clock.Now},
		People:   o.people, Sessions: sessions, Doors: doors, Registry: o.Parts.Registry, Reader: o.Parts.Reader, Records: o.Parts.Reader,
		Keys:     approvals.KeyMaker{Keys: o.Parts.Keys, Test: test, NewID: newID, Now: o.Clock.Now},
		Webhooks: &approvals.Webhooks{Endpoints: o.Parts.Endpoints, Deliveries: o.Parts.Deliveries, CheckURL: onlyHTTPS, NewID: newID, Now: o.Clock.Now},
		Recent:   &o.recent, Clock: o.clock(test), Pages: pages, Now: o.Clock.Now,
	})
	return o
}

// moved is a test gateway's clock with nothing that hangs on it.
type moved struct{ *approvalstest.Clock }

func (m moved) Advance(_ context.Context, by time.Duration) (time.Time, error) {
	return m.Clock.Advance(by), nil
}

func (o *office) clock(test bool) dev.Clock {
	if !test {
		return nil
	}
	return moved{o.Clock}
}

// onlyHTTPS stands for the gateway's own rules.
func onlyHTTPS(raw string) string {
	if strings.HasPrefix(raw, "https://") {
		return ""
	}
	return "must begin with https://: a webhook over http can be read and changed on its way"
}

// invite returns the token of a link.
func (o *office) invite(m approvals.MarketplaceID, name string) (auth.Person, string) {
	o.t.Helper()
	p, token, err := o.people.Invite(o.t.Context(), auth.Invitation{Marketplace: m, Role: auth.Developer, Name: name, By: audit.Actor{Type: audit.Operator}})
	if err != nil {
		o.t.Fatal(err)
	}
	return p, token
}

// browser keeps cookies as a browser does, and has a passkey device.
type browser struct {
	o       *office
	device  *authtest.Device
	cookies map[string]string
}

func (o *office) browser() *browser {
	return &browser{o: o, device: authtest.NewDevice(origin), cookies: map[string]string{}}
}

// seen is one answer.
type seen struct {
	*http.Response
	text string
}

func (b *browser) send(method, path string, fields url.Values) seen {
	b.o.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(fields.Encode())
	}
	r := httptest.NewRequestWithContext(b.o.t.Context(), method, origin+path, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.o.site.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		switch {

		case c.MaxAge < 0:
			delete(b.cookies, c.Name)
		default:
			b.cookies[c.Name] = c.Value
		}
	}
	return seen{answer, w.Body.String()}
}

func (b *browser) get(path string) seen { return b.send(http.MethodGet, path, nil) }

// want fails unless the answer is like this.
func (s seen) want(t *testing.T, status int, location string) seen {
	t.Helper()
	if s.StatusCode != status || s.Header.Get("Location") != location {
		t.Fatalf("%d to %q, want %d to %q\n%s", s.StatusCode, s.Header.Get("Location"), status, location, s.text)
	}
	return s
}

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)
	refreshOf = regexp.MustCompile(`data-refresh="([^"]*)"`)
)

func (s seen) csrf() string {
	m := csrfField.FindStringSubmatch(s.text)
	if m == nil {
		return ""
	}
	return m[1]
}

// options asks for a challenge, as the script of a page with a passkey form does.
func (b *browser) options(page seen) []byte {
	b.o.t.Helper()
	m := refreshOf.FindStringSubmatch(page.text)
	if m == nil {
		b.o.t.Fatalf("no passkey is asked for:\n%s", page.text)
	}
	var got struct {
		Options json.RawMessage `json:"options"`
	}
	answer := b.send(http.MethodPost, m[1], url.Values{"csrf": {page.csrf()}}).want(b.o.t, 200, "")
	if err := json.Unmarshal([]byte(answer.text), &got); err != nil {
		b.o.t.Fatal(err)
	}
	return got.Options
}

// prove answers the passkey form of a page.
func (b *browser) prove(page seen, to string, lies ...authtest.Lie) seen {
	b.o.t.Helper()
	options := b.options(page)
	ask := b.device.Get
	if strings.Contains(page.text, `data-ask="create"`) {
		ask = b.device.Create
	}
	credential, err := ask(options, lies...)
	if err != nil {
		b.o.t.Fatal(err)
	}
	return b.send(http.MethodPost, to, url.Values{"csrf": {page.csrf()}, "credential": {string(credential)}})
}

// join lets somebody join and be signed in.
func (o *office) join(m approvals.MarketplaceID, name string) *browser {
	o.t.Helper()
	_, token := o.invite(m, name)
	b := o.browser()
	b.get("/dev/join/"+token).want(o.t, 303, "/dev/join")
	b.prove(b.get("/dev/join").want(o.t, 200, ""), "/dev/join").want(o.t, 303, "/dev")
	return b
}
