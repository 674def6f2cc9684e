package desk_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	policy "countersign/approvals/desk"
	"countersign/approvals/risk"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
	"countersign/templates"
	"countersign/web/desk"
	"countersign/web/session"
	"countersign/web/signon"
	"countersign/web/webtest"
)

const origin = "https://approve.market.example"

// office is the desk on a real database.
type office struct {
	*approvalstest.World
	t        *testing.T
	people   *auth.People
	sessions *session.PeopleStore
	doors    *session.Store
	site     *desk.Site
	policies *policy.Policies
	cases    *policy.Cases
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db := approvalstest.OpenSQLite(t)
	return (&office{World: approvalstest.Service(t, db, approvalstest.NewClock()), t: t}).open(db, "")
}

// newSignOn is the desk of a company that has a sign-on.
func newSignOn(t *testing.T) (*office, *webtest.Issuer) {
	t.Helper()
	db := approvalstest.OpenSQLite(t)
	o := &office{World: approvalstest.Service(t, db, approvalstest.NewClock()), t: t}
	i := webtest.NewIssuer(t, o.Clock.Now)
	return o.open(db, i.URL()), i
}

func (o *office) open(db *approvaldb.DB, issuer string) *office {
	o.t.Helper()
	rows := authdb.New(db)
	var err error
	o.people, err = auth.NewPeople(auth.PeopleConfig{
		Store: rows, Sealer: o.Keys, RPID: "market.example", RPName: "Market", Origins: []string{origin}, NewID: approvalstest.NewID, Now: o.Clock.Now,
		SignOn: issuer,
	})
	o.ok(err)
	keys := func() [][]byte { return [][]byte{bytes.Repeat([]byte{1}, 32)} }
	quiet := slog.New(slog.DiscardHandler)
	doors, err := session.New(session.Config{Rows: rows, Keys: keys, Secure: true, Now: o.Clock.Now, Log: quiet})
	o.ok(err)
	sessions, err := session.NewPeople(session.PeopleConfig{Rows: authdb.NewPeopleSessions(db), People: o.people, Keys: keys, Secure: true, Now: o.Clock.Now, Log: quiet})
	o.ok(err)
	pages, err := templates.New(templates.Config{PasskeyDomain: "market.example", Typed: map[templates.Locale]string{templates.EN: "market.example"}})
	o.ok(err)
	o.policies = &policy.Policies{Store: o.Parts.Policies, Default: risk.Default(), Now: o.Clock.Now}
	o.sessions, o.doors = sessions, doors
	var signOn *signon.Provider
	if issuer != "" {
		signOn = signon.New(signon.Config{
			Issuer: issuer, ClientID: webtest.IssuerClient, Secret: webtest.IssuerSecret, Redirect: origin + desk.SignOnBack, Now: o.Clock.Now,
		})
	}
	o.cases = &policy.Cases{Store: o.Parts.Desk, Read: o.Parts.Desk, NewID: approvalstest.NewID, Now: o.Clock.Now}
	o.site = desk.New(desk.Config{
		SignOn:    signOn,
		PublicURL: origin, People: o.people, Sessions: sessions, Doors: doors, Policies: o.policies, History: o.Parts.Policies, Test: true, Pages: pages, Now: o.Clock.Now,
		Views: desk.Views{Rings: o.Parts.RingViews, Audit: o.Parts.AuditViews, Shift: o.Parts.Shift}, Cases: o.cases, Governor: o.Parts.Governor,
	})
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// browser keeps cookies as a browser does, and has a passkey device.
type browser struct {
	o       *office
	who     auth.Person
	device  *authtest.Device
	cookies map[string]string
}

func (o *office) browser() *browser {
	return &browser{o: o, device: authtest.NewDevice(origin), cookies: map[string]string{}}
}

// join lets somebody join the desk and be signed in.
func (o *office) join(role auth.Role, name string) *browser {
	o.t.Helper()
	i := auth.Invitation{Role: role, Name: name, By: audit.Actor{Type: audit.Operator}}
	if role == auth.Developer {
		i.Marketplace = o.Marketplace.ID
	}
	person, token, err := o.people.Invite(o.t.Context(), i)
	o.ok(err)
	b := o.browser()
	b.who = person
	if role == auth.Developer { // another door
		b.get("/desk/join/"+token).want(404, "")
		return b
	}
	b.get("/desk/join/"+token).want(303, "/desk/join")
	b.prove(b.get("/desk/join").want(200, ""), "/desk/join").want(303, "/desk")
	return b
}

// seen is one answer.
type seen struct {
	*http.Response
	t    *testing.T
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
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return seen{answer, b.o.t, w.Body.String()}
}

func (b *browser) get(path string) seen { return b.send(http.MethodGet, path, nil) }

// press sends the form of a page that goes to this address.
func (b *browser) press(page seen, to string, more ...string) seen {
	b.o.t.Helper()
	fields := url.Values{"csrf": {page.csrf()}, "subject": {page.field("subject")}, "decision": {page.field("decision")}}
	for i := 0; i+1 < len(more); i += 2 {
		fields.Set(more[i], more[i+1])
	}
	return b.send(http.MethodPost, to, fields)
}

// want fails unless the answer is like this; "*" is any location.
func (s seen) want(status int, location string) seen {
	s.t.Helper()
	if s.StatusCode != status || location != "*" && s.Header.Get("Location") != location {
		s.t.Fatalf("%d to %q, want %d to %q\n%s", s.StatusCode, s.Header.Get("Location"), status, location, s.text)
	}
	return s
}

// says fails unless the page has all of these.
func (s seen) says(texts ...string) seen {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.text, text) {
			s.t.Errorf("does not say %q:\n%s", text, s.text)
		}
	}
	return s
}

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)
	refreshOf = regexp.MustCompile(`data-refresh="([^"]*)"`)
)

func (s seen) csrf() string {
	if m := csrfField.FindStringSubmatch(s.text); m != nil {
		return m[1]
	}
	return ""
}

// credential answers the passkey form of a page.
func (b *browser) credential(page seen, lies ...authtest.Lie) string {
	b.o.t.Helper()
	m := refreshOf.FindStringSubmatch(page.text)
	if m == nil {
		b.o.t.Fatalf("no passkey is asked for:\n%s", page.text)
	}
	var got struct {
		Options json.RawMessage `json:"options"`
	}
	b.o.ok(json.Unmarshal([]byte(b.press(page, m[1]).want(200, "").text), &got))
	ask := b.device.Get
	if strings.Contains(page.text, `data-ask="create"`) {
		ask = b.device.Create
	}
	credential, err := ask(got.Options, lies...)
	b.o.ok(err)
	return string(credential)
}

// prove answers it and sends it.
func (b *browser) prove(page seen, to string, lies ...authtest.Lie) seen {
	b.o.t.Helper()
	return b.press(page, to, "credential", b.credential(page, lies...))
}
