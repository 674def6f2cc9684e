package dev

import (
	"io"
	"maps"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
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
	Policies *desk.Policies
	Recent   *problem.Recent // refused calls of the API; nil: none are kept
	Clock    Clock           // of a test gateway; nil on a live one
	Pages    *templates.Renderer
	Now      func() time.Time
}

// Site serves the pages that ask who the reader is. It is safe for concurrent
// use.
type Site struct {
	SiteConfig
	mux    *http.ServeMux
	routes page.Table
	door   *page.Door
}

// NewSite returns the pages.
func NewSite(c SiteConfig) *Site {
	s := &Site{SiteConfig: c}
	s.door = &page.Door{
		Base: Base, Name: "dev", Admits: func(r auth.Role) bool { return r == auth.Developer },
		People: c.People, Sessions: c.Sessions, Doors: c.Doors, SignIn: s.askWho, Join: s.askToJoin,
	}
	s.routes = s.table()
	s.mux = s.routes.Mux(s.Refuse)
	return s
}

func (s *Site) askWho(w http.ResponseWriter, status int, p templates.DevSignIn) error {
	p.Now = s.Now()
	return s.show(w, status, p)
}

func (s *Site) askToJoin(w http.ResponseWriter, r *http.Request, status int, who auth.Person, p templates.DevPasskey) error {
	market, err := s.Registry.Marketplace(r.Context(), who.Marketplace)
	if err != nil {
		return err
	}
	return s.show(w, status, templates.DevJoin{DevFrame: templates.DevFrame{Now: s.Now()}, Name: who.Name, For: market.Name, Passkey: p})
}

// signOut ends the presence.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.Sessions.End(w, r); err != nil {
		return err
	}
	if err := s.People.SignedOut(r.Context(), v.Person); err != nil {
		return err
	}
	return page.SeeOther(w, s.door.SignInPath())
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// table is every page there is. GET serves HEAD too. An address that a form is
// sent to can be opened as well.
func (s *Site) table() page.Table {
	in := s.signedIn
	back := func(to string) page.Func {
		return in(func(w http.ResponseWriter, _ *http.Request, _ *visit) error { return page.SeeOther(w, to) })
	}
	t := page.Table{
		"POST /dev/sign-out": in(s.signOut),
		"GET /dev/sign-out":  back(Base),

		"GET /dev":                         in(s.home),
		"GET /dev/keys":                    in(s.keyList),
		"POST /dev/keys":                   in(s.keyAdd),
		"GET /dev/keys/new":                in(s.keyNew),
		"GET /dev/decide":                  in(s.decideShow),
		"POST /dev/decide":                 in(s.decide),
		"POST /dev/decide/options":         in(s.decideOptions),
		"GET /dev/keys/{id}":               in(s.keyShow),
		"POST /dev/keys/{id}/roll":         in(s.keyRoll),
		"GET /dev/keys/{id}/roll":          back(keysPath),
		"POST /dev/keys/{id}/revoke":       in(s.keyRevoke),
		"GET /dev/keys/{id}/revoke":        back(keysPath),
		"GET /dev/endpoints":               in(s.endpointList),
		"POST /dev/endpoints":              in(s.endpointAdd),
		"POST /dev/endpoints/{id}/roll":    in(s.endpointRoll),
		"GET /dev/endpoints/{id}/roll":     back(endpointsPath),
		"POST /dev/endpoints/{id}/disable": in(s.endpointDisable),
		"GET /dev/endpoints/{id}/disable":  back(endpointsPath),
		"POST /dev/endpoints/{id}/enable":  in(s.endpointEnable),
		"GET /dev/endpoints/{id}/enable":   back(endpointsPath),
		"POST /dev/endpoints/{id}/test":    in(s.endpointTest),
		"GET /dev/endpoints/{id}/test":     back(endpointsPath),
		"GET /dev/endpoints/{id}/resend":   in(s.resendShow),
		"POST /dev/endpoints/{id}/resend":  in(s.resendRange),
		"GET /dev/deliveries":              in(s.deliveryList),
		"GET /dev/deliveries/{id}":         in(s.deliveryShow),
		"POST /dev/deliveries/{id}/resend": in(s.deliveryResend),
		"GET /dev/deliveries/{id}/resend":  back(deliveriesPath),
		"GET /dev/policy":                  in(s.policyShow),
		"GET /dev/simulator":               in(s.simulatorShow),
		"POST /dev/clock":                  in(s.clockMove),
		"GET /dev/clock":                   back(simulatorPath),
		"GET /dev/actions":                 in(s.actionList),
		"GET /dev/actions/{id}":            in(s.actionShow),
	}
	maps.Copy(t, s.door.Table())
	return t
}

// visit is a request of somebody who is signed in.
type visit struct {
	*session.Presence
	market approvals.Marketplace
	form   page.Form // of a POST
}

// signedIn lets a developer through, with what is theirs: the one marketplace
// they were invited to. A form has to be of one of their own pages, and counts
// as an act; so does opening a page, and a HEAD does not.
func (s *Site) signedIn(p func(http.ResponseWriter, *http.Request, *visit) error) page.Func {
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
			if v.form, err = page.Post(r, there.OwnPage, "scope"); err != nil {
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
	return page.Show(w, status, func(to io.Writer) error { return s.Pages.Dev(to, p) })
}

// Refuse answers with the page for err. Who is not signed in is led to where
// they can, when they opened a page and sent no form.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.door.Refuse(w, r, err, s.Now(), func(status int, p templates.DevProblem) error { return s.show(w, status, p) })
}
