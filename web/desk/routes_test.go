package desk_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth"
	"countersign/web/desk"
	"countersign/web/session"
)

// visitors are those who come, in the order of the columns below. A developer and a
// seller are signed in elsewhere.
var visitors = []string{"nobody", "agent", "lead", "auditor", "admin", "developer", "seller"}

// routes says what every route answers whom: to a form it is what comes of one that
// has the page's token and everything in it but a passkey. A route that is not here
// fails the test: whoever adds one says who may use it.
var routes = map[string]string{
	"GET /desk":                          "303 200 200 200 200 303 303",
	"GET /desk/audit":                    "303 403 200 200 200 303 303",
	"GET /desk/audit/export":             "303 303 303 303 303 303 303",
	"GET /desk/handover":                 "303 200 200 200 200 303 303",
	"GET /desk/join":                     "404 404 404 404 404 404 404",
	"GET /desk/join/{token}":             "404 404 404 404 404 404 404",
	"GET /desk/people":                   "303 403 403 403 200 303 303",
	"GET /desk/people/invite":            "303 303 303 303 303 303 303",
	"GET /desk/people/sign":              "303 403 403 403 303 303 303",
	"GET /desk/people/{id}/remove":       "303 303 303 303 303 303 303",
	"GET /desk/policy":                   "303 200 200 200 200 303 303",
	"GET /desk/policy/new":               "303 403 403 403 200 303 303",
	"GET /desk/policy/{number}":          "303 200 200 200 200 303 303",
	"GET /desk/policy/{number}/approve":  "303 303 303 303 303 303 303",
	"GET /desk/policy/{number}/reject":   "303 303 303 303 303 303 303",
	"GET /desk/rings":                    "303 200 200 200 200 303 303",
	"GET /desk/rings/{ring}":             "303 200 200 200 200 303 303",
	"GET /desk/rings/{ring}/decide":      "303 303 303 303 303 303 303",
	"POST /desk/rings/{ring}/decide":     "401 422 422 403 403 401 401", // who is not of the ring
	"GET /desk/sign-in":                  "200 200 200 200 200 200 200",
	"GET /desk/sign-on":                  "303 303 303 303 303 303 303", // to the sign-on
	"GET /desk/sign-on/back":             "403 403 403 403 403 403 403",
	"GET /desk/sign-on/link":             "303 303 303 303 303 303 303",
	"GET /desk/sign-out":                 "303 303 303 303 303 303 303",
	"GET /desk/stay":                     "303 303 303 303 303 303 303",
	"POST /desk/audit/export":            "401 403 200 200 200 401 401",
	"POST /desk/join":                    "401 401 401 401 401 401 401",
	"POST /desk/join/options":            "401 401 401 401 401 401 401",
	"POST /desk/people/invite":           "401 403 403 403 303 401 401",
	"POST /desk/people/sign":             "401 403 403 403 422 401 401",
	"POST /desk/people/sign/options":     "401 403 403 403 200 401 401",
	"POST /desk/people/{id}/remove":      "401 403 403 403 303 401 401",
	"POST /desk/policy/new":              "401 403 403 403 303 401 401",
	"POST /desk/policy/{number}/approve": "401 403 403 403 403 401 401", // their own proposal
	"POST /desk/policy/{number}/reject":  "401 403 403 403 303 401 401",
	"POST /desk/sign-in":                 "422 403 403 403 403 422 422", // whose token is another page's
	"POST /desk/sign-in/options":         "200 403 403 403 403 200 200",
	"POST /desk/sign-on/back":            "403 403 403 403 403 403 403",
	"POST /desk/sign-on/link":            "401 303 303 303 303 401 401",
	"POST /desk/sign-on/link/options":    "401 404 404 404 404 401 401",
	"POST /desk/sign-out":                "401 303 303 303 303 401 401",
	"POST /desk/stay":                    "401 303 303 303 303 401 401",

	// Of cases, and of what is signed.
	"GET /desk/cases":                     "303 200 200 200 200 303 303",
	"GET /desk/cases/counts":              "401 200 200 200 200 401 401",
	"GET /desk/cases/{case}":              "303 200 200 200 200 303 303",
	"GET /desk/cases/{case}/answer":       "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/claim":        "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/decide":       "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/leave":        "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/notes":        "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/reveals":      "303 303 303 303 303 303 303",
	"GET /desk/cases/{case}/reveals/{id}": "303 303 303 403 403 303 303",
	"GET /desk/sign":                      "303 303 303 303 303 303 303",
	"POST /desk/cases/{case}/answer":      "401 409 409 403 403 401 401",
	"POST /desk/cases/{case}/claim":       "401 303 303 403 403 401 401",
	"POST /desk/cases/{case}/decide":      "401 422 422 403 403 401 401",
	"POST /desk/cases/{case}/leave":       "401 303 303 403 403 401 401",
	"POST /desk/cases/{case}/notes":       "401 303 303 403 403 401 401",
	"POST /desk/cases/{case}/reveals":     "401 422 422 403 403 401 401",
	"POST /desk/sign":                     "401 303 303 303 409 401 401", // which says not what it was shown
	"POST /desk/sign/options":             "401 404 404 404 409 401 401",
}

// mayChange are the tables that what is done without a passkey may change: who is
// there, what they asked and what is told of it; who works on a case, and notes.
var mayChange = []string{"case_notes", "cases", "events", "people_challenges", "people_sessions"}

// office with one of each, an action on its way, and a proposal.
func (o *office) staffed() (map[string]*browser, map[string]string) {
	o.t.Helper()
	eve := o.join(auth.Agent, "Eve")
	all := map[string]*browser{
		"nobody": o.browser(), "agent": eve, "lead": o.join(auth.Lead, "Lea"), "auditor": o.join(auth.Auditor, "Aud"), "admin": o.join(auth.Admin, "Ada"),
		"developer": o.developer("Devi"), "seller": o.seller(),
	}
	o.join(auth.Admin, "Bob")
	all["admin"].propose(withHours("2")).want(303, "/desk/policy")
	o.Service.Rings = o.Parts.Rings
	o.Named(o.t, 2, 7)
	o.Named(o.t, 3, 7)
	return all, map[string]string{"case": strings.TrimPrefix(o.newest(), "/desk/cases/"), "number": "1", "ring": "R-1", "id": string(eve.who.ID), "token": strings.Repeat("A", 43)}
}

// developer is somebody signed in at the pages for developers: by the same cookie.
func (o *office) developer(name string) *browser {
	o.t.Helper()
	b := o.browser()
	person, token, err := o.people.Invite(o.t.Context(), auth.Invitation{Role: auth.Developer, Name: name, Marketplace: o.Marketplace.ID})
	o.ok(err)
	options, err := o.people.BeginJoin(o.t.Context(), token)
	o.ok(err)
	credential, err := b.device.Create(options)
	o.ok(err)
	_, err = o.people.Join(o.t.Context(), token, credential)
	o.ok(err)
	b.who = person
	b.keep(func(w http.ResponseWriter, r *http.Request) { o.ok(o.sessions.Begin(w, r, person)) })
	return b
}

// seller is one who has just approved a change.
func (o *office) seller() *browser {
	o.t.Helper()
	a := o.Drive(o.t, approvals.CoolingOff)
	b := o.browser()
	b.keep(func(w http.ResponseWriter, r *http.Request) {
		_, err := o.doors.Begin(w, r, session.Beginning{Seller: a.SellerKey(), Action: a.ID, Proved: true})
		o.ok(err)
	})
	return b
}

// keep takes the cookies that some handler sets.
func (b *browser) keep(of http.HandlerFunc) {
	b.o.t.Helper()
	w := httptest.NewRecorder()
	of(w, httptest.NewRequestWithContext(b.o.t.Context(), http.MethodGet, origin+"/desk", nil))
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
	}
}

// everything is a form with all that somebody could wish for.
func everything(token string) url.Values {
	f := url.Values{"csrf": {token}, "credential": {"{}"}, "name": {"Mallory"}, "role": {"agent"}, "source": {withHours("30")}}
	for name, value := range map[string]string{
		"verb": "approve", "state": "approved", "reason": "E1", "note": "please", "text": "please", "why": "V1", "field": "account", "answer": "approve",
		"destination": "NL91ABNA0417164300", "iban": "NL91ABNA0417164300", "delay": "0", "hours": "0", "not_before": "2020-01-01T00:00:00Z", "code": "123456",
		"approved_by": "Eve", "verified": "true", "marketplace": "market", "seller": "seller-1", "person": "Eve",
	} {
		f.Set(name, value)
	}
	return f
}

// The walk over every route and every visitor (K1-K5, K12, K14, AS-40, D8): who is
// not of the desk gets nowhere, who has another role is refused, a form without its
// page's token does nothing, and no form without a passkey changes anything but who
// is there and what is told: no destination, no timer, no code, no approval.
func TestRoutes_EveryRole(t *testing.T) {
	t.Parallel()
	o, _ := newSignOn(t)
	all, ids := o.staffed()
	patterns := desk.Patterns(o.site)
	if want := slices.Sorted(maps.Keys(routes)); !slices.Equal(patterns, want) {
		t.Fatalf("the routes are\n%s\nand the table has\n%s", strings.Join(patterns, "\n"), strings.Join(want, "\n"))
	}
	for column, who := range visitors {
		b := all[who]
		before := o.dump("people_sessions") // it was an act
		for _, pattern := range patterns {
			if strings.HasPrefix(pattern, "GET ") {
				b.visit(who, pattern, "", ids, strings.Fields(routes[pattern])[column])
			}
		}
		o.same(before, "what %s opened", who)
		before = o.dump(mayChange...)
		for _, pattern := range patterns {
			if method, path := filled(pattern, ids); method == http.MethodPost {
				if got := b.send(method, path, everything("")).StatusCode; got != 403 && got != 401 {
					t.Errorf("%s by %s without a token: %d", pattern, who, got)
				}
			}
		}
		for _, pattern := range append(slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return p == signOut }), signOut) { // the last one
			if strings.HasPrefix(pattern, "POST ") {
				b.visit(who, pattern, b.token(), ids, strings.Fields(routes[pattern])[column])
			}
		}
		o.same(before, "what %s sent", who)
	}
	o.stand(0, "proposed")
}

const signOut = "POST /desk/sign-out"

// token is that of the page the visitor is shown first.
func (b *browser) token() string {
	b.o.t.Helper()
	first := b.get("/desk")
	if first.StatusCode == http.StatusSeeOther {
		first = b.get("/desk/sign-in")
	}
	return first.csrf()
}

// visit opens what a route is about, or sends everything there is to send to it.
func (b *browser) visit(who, pattern, token string, ids map[string]string, want string) {
	b.o.t.Helper()
	method, path := filled(pattern, ids)
	got := b.send(method, path, everything(token))
	if fmt.Sprint(got.StatusCode) != want {
		b.o.t.Errorf("%s by %s: %d, want %s", pattern, who, got.StatusCode, want)
	}
	if strings.Contains(got.text, "Devi") || strings.Contains(got.text, "NL91ABNA") {
		b.o.t.Errorf("%s shows %s what is not theirs", pattern, who)
	}
}

// Ids of nobody, and of somebody of a marketplace, lead nowhere for anybody, and
// what is there by such a name is not told (K1, K2, K4).
func TestRoutes_ForeignIDs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	all, _ := o.staffed()
	before := o.dump(mayChange...)
	for _, foreign := range []map[string]string{
		{"id": string(all["developer"].who.ID), "number": "99", "case": "99", "ring": "R-99", "token": strings.Repeat("B", 43)},
		{"id": "00000000-0000-0000-0000-000000000000", "number": "0", "case": "0", "ring": "1", "token": "A"},
		{"id": "1' OR '1'='1", "number": "-1", "case": "-1", "ring": "R--1", "token": "%2e%2e"}, {"id": "%00", "number": "99999999999999999999", "case": "99999999999999999999", "ring": "R-99999999999999999999", "token": "x"},
	} {
		for _, pattern := range desk.Patterns(o.site) {
			if !strings.Contains(pattern, "{") {
				continue
			}
			method, path := filled(pattern, foreign)
			for _, who := range visitors {
				b := all[who]
				got := b.send(method, path, everything(b.get("/desk").csrf()))
				if got.StatusCode < 400 && got.Header.Get("Location") == "" || got.StatusCode >= 500 || strings.Contains(got.text, "Devi") {
					t.Errorf("%s %s by %s: %d\n%s", method, path, who, got.StatusCode, got.text)
				}
				if method == http.MethodPost && got.StatusCode < 400 {
					t.Errorf("%s %s by %s: %d", method, path, who, got.StatusCode)
				}
			}
		}
	}
	o.same(before, "foreign ids")
}

// filled is a route with these in the places of its wildcards.
func filled(pattern string, ids map[string]string) (method, path string) {
	for name, value := range ids {
		if strings.Contains(value, " ") {
			value = url.PathEscape(value)
		}
		pattern = strings.ReplaceAll(pattern, "{"+name+"}", value)
	}
	method, path, _ = strings.Cut(pattern, " ")
	return method, path
}

// dump is a hash of every row of every table but these.
func (o *office) dump(but ...string) map[string]string {
	o.t.Helper()
	var tables []string
	o.ok(o.DB.Read(o.t.Context()).Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").Scan(&tables).Error)
	out := map[string]string{}
	for _, table := range tables {
		if slices.Contains(but, table) {
			continue
		}
		var rows []map[string]any
		o.ok(o.DB.Read(o.t.Context()).Raw("SELECT * FROM " + table).Scan(&rows).Error)
		sum := sha256.Sum256(fmt.Append(nil, rows)) // a map is printed in the order of its keys
		out[table] = hex.EncodeToString(sum[:])
	}
	return out
}

func (o *office) same(before map[string]string, what string, args ...any) {
	o.t.Helper()
	for table, rows := range o.dump() {
		if was, looked := before[table]; looked && was != rows {
			o.t.Errorf("%s changed %s", fmt.Sprintf(what, args...), table)
		}
	}
}
