package dev

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

// Base is the address of the home of the pages that ask who the reader is. All
// of them are below it.
const Base = "/dev"

// SiteConfig is what those pages stand on.
type SiteConfig struct {
	People   *auth.People
	Sessions *session.PeopleStore
	Doors    *session.Store // keeps what a browser opened before anybody is signed in
	Registry approvals.Registry
	Keys     approvals.KeyMaker
	Reader   approvals.Reader
	Records  approvals.Records
	Webhooks *approvals.Webhooks
	Recent   *problem.Recent // refused calls of the API; nil: none are kept
	Pages    *templates.Renderer
	Now      func() time.Time
}

// Site serves the pages that ask who the reader is. It is safe for concurrent
// use.
type Site struct {
	SiteConfig
	mux    *http.ServeMux
	routes []route
}

// NewSite returns the pages.
func NewSite(c SiteConfig) *Site {
	s := &Site{SiteConfig: c, mux: http.NewServeMux()}
	s.routes = s.table()
	for _, rt := range s.routes {
		s.mux.Handle(rt.pattern, s.serve(rt.page))
	}
	s.mux.Handle("/", s.serve(s.missing))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// page answers one request, or returns why it does not.
type page func(http.ResponseWriter, *http.Request) error

// route is one line of the table.
type route struct {
	pattern string
	page    page
}

// table is every page there is. GET serves HEAD too. An address that a form is
// sent to can be opened as well.
func (s *Site) table() []route {
	in := s.signedIn
	back := func(to string) page {
		return in(func(w http.ResponseWriter, _ *http.Request, _ *visit) error { return seeOther(w, to) })
	}
	return []route{
		{"GET /dev/join/{token}", s.joinOpen},
		{"GET /dev/join", s.joinShow},
		{"POST /dev/join", s.joinMake},
		{"POST /dev/join/options", s.joinOptions},
		{"GET /dev/sign-in", s.signInShow},
		{"POST /dev/sign-in", s.signIn},
		{"POST /dev/sign-in/options", s.signInOptions},
		{"POST /dev/sign-out", in(s.signOut)},
		{"GET /dev/sign-out", back(Base)},

		{"GET /dev", in(s.home)},
		{"GET /dev/keys", in(s.keyList)},
		{"POST /dev/keys", in(s.keyAdd)},
		{"GET /dev/keys/new", in(s.keyNew)},
		{"GET /dev/decide", in(s.decideShow)},
		{"POST /dev/decide", in(s.decide)},
		{"POST /dev/decide/options", in(s.decideOptions)},
		{"GET /dev/keys/{id}", in(s.keyShow)},
		{"POST /dev/keys/{id}/roll", in(s.keyRoll)},
		{"GET /dev/keys/{id}/roll", back(keysPath)},
		{"POST /dev/keys/{id}/revoke", in(s.keyRevoke)},
		{"GET /dev/keys/{id}/revoke", back(keysPath)},
		{"GET /dev/endpoints", in(s.endpointList)},
		{"POST /dev/endpoints", in(s.endpointAdd)},
		{"POST /dev/endpoints/{id}/roll", in(s.endpointRoll)},
		{"GET /dev/endpoints/{id}/roll", back(endpointsPath)},
		{"POST /dev/endpoints/{id}/disable", in(s.endpointDisable)},
		{"GET /dev/endpoints/{id}/disable", back(endpointsPath)},
		{"POST /dev/endpoints/{id}/enable", in(s.endpointEnable)},
		{"GET /dev/endpoints/{id}/enable", back(endpointsPath)},
		{"POST /dev/endpoints/{id}/test", in(s.endpointTest)},
		{"GET /dev/endpoints/{id}/test", back(endpointsPath)},
		{"GET /dev/endpoints/{id}/resend", in(s.resendShow)},
		{"POST /dev/endpoints/{id}/resend", in(s.resendRange)},
		{"GET /dev/deliveries", in(s.deliveryList)},
		{"GET /dev/deliveries/{id}", in(s.deliveryShow)},
		{"POST /dev/deliveries/{id}/resend", in(s.deliveryResend)},
		{"GET /dev/deliveries/{id}/resend", back(deliveriesPath)},
		{"GET /dev/actions", in(s.actionList)},
		{"GET /dev/actions/{id}", in(s.actionShow)},
	}
}

// serve is the one place where a handler's error becomes a page.
func (s *Site) serve(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p(w, r); err != nil {
			s.Refuse(w, r, err)
		}
	})
}

// missing answers what no line of the table does: 405 where another method
// would be answered, 404 otherwise.
func (s *Site) missing(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return approvals.Refuse(problem.MethodNotAllowed)
}

// visit is a request of somebody who is signed in.
type visit struct {
	*session.Presence
	market approvals.Marketplace
	form   form // of a POST
}

// signedIn lets a developer through, with what is theirs: the one marketplace
// they were invited to. A form has to be of one of their own pages, and counts
// as an act; so does opening a page, and a HEAD does not.
func (s *Site) signedIn(p func(http.ResponseWriter, *http.Request, *visit) error) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		there, err := s.Sessions.Current(r)
		if err != nil {
			return err
		}
		if there == nil || there.Person.Role != auth.Developer {
			return approvals.Refuse(approvals.CodeSessionEnded)
		}
		v := &visit{Presence: there}
		if r.Method == http.MethodPost {
			if v.form, err = post(r, there.OwnPage); err != nil {
				return err
			}
		}
		if v.market, err = s.Registry.Marketplace(r.Context(), there.Person.Marketplace); err != nil {
			return err
		}
		if r.Method != http.MethodHead {
			if err := s.Sessions.Touch(w, r, there); err != nil {
				return err
			}
		}
		return p(w, r, v)
	}
}

// frame is what every page of a visit carries. It takes what was just done with
// it; the caller's answer is the one that tells it.
func (s *Site) frame(v *visit) templates.DevFrame {
	return templates.DevFrame{
		Marketplace: v.market.Name, Person: v.Person.Name, Test: s.Keys.Test, CSRF: v.Values.Page, Now: s.Now(), Done: v.Values.Done,
	}
}

// told forgets what was just done, after the page that tells it.
func (s *Site) told(w http.ResponseWriter, r *http.Request, v *visit) error {
	if v.Values.Done == "" || r.Method == http.MethodHead {
		return nil
	}
	v.Values.Done = ""
	return s.Sessions.Touch(w, r, v.Presence)
}

// show answers with a page, rendered whole before the first byte leaves.
func (s *Site) show(w http.ResponseWriter, status int, p templates.DevPage) error {
	var body bytes.Buffer
	if err := s.Pages.Dev(&body, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader may be gone
	return nil
}

// seeOther sends the browser to another of these pages. Nothing in path comes
// from the request.
func seeOther(w http.ResponseWriter, path string) error {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// Refuse answers with the page for err. Who is not signed in is led to where
// they can, when they opened a page and sent no form.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.Of(r.Context(), err)
	page := templates.DevProblem{
		DevFrame: templates.DevFrame{Now: s.Now()}, Title: p.Title, Detail: p.Detail, Request: problem.TraceOf(r.Context()).ID,
	}
	if p.Code == approvals.CodeSessionEnded {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			_ = seeOther(w, signInPath)
			return
		}
		page.SignIn, page.Detail = signInPath, "Your session has ended and nothing was done. Sign in and send the form again."
	}
	p.Headers(w.Header(), s.Now())
	if err := s.show(w, p.Status, page); err != nil {
		problem.TraceOf(r.Context()).Cause = err
		http.Error(w, p.Title, p.Status)
	}
}

// form is what a page of ours posted: each field once, but scope.
type form map[string][]string

func (f form) get(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// post reads a form and makes sure that it was one of the sender's own pages
// (STANDARDS SM-07).
func post(r *http.Request, own func(token string) bool) (form, error) {
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, approvals.Refuse(problem.PayloadTooLarge)
		}
		return nil, approvals.Invalid()
	}
	f := form(r.PostForm)
	if !own(f.get("csrf")) {
		return nil, approvals.Refuse(approvals.CodeForbidden)
	}
	for name, values := range f {
		if len(values) > 1 && !slices.Contains([]string{"scope"}, name) {
			return nil, approvals.Invalid()
		}
	}
	return f, nil
}

// answerOptions answers a page's script with the options of a fresh ceremony.
func answerOptions(w http.ResponseWriter, raw []byte) error {
	body, err := json.Marshal(struct {
		Options json.RawMessage `json:"options"`
	}{raw})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the reader may be gone
	return nil
}

// is reports whether err is a refusal with this code.
func is(err error, c approvals.Code) bool { return errors.Is(err, approvals.Refuse(c)) }
