package desk

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
	"countersign/web/session"
	"countersign/web/signon"
)

// Base is the address of the desk's home. All its pages are below it.
const Base = "/desk"

// Config is what the pages stand on.
type Config struct {
	People   *auth.People
	Sessions *session.PeopleStore
	Doors    *session.Store // keeps what a browser opened before anybody is signed in
	Policies *desk.Policies
	History  desk.History
	Cases    *desk.Cases
	Governor approvals.Governor
	// PublicURL is the origin of the gateway's pages, which invitations lead to.
	PublicURL string
	Test      bool // the gateway is in test mode
	Pages     *templates.Renderer
	Now       func() time.Time
	// Machine is the clock that sessions live by; nil: Now.
	Machine func() time.Time
	Views   Views
	// SignOn is the company's sign-on; nil: everybody signs in with their passkey.
	SignOn *signon.Provider
}

// Site serves the desk. It is safe for concurrent use.
type Site struct {
	Config
	mux    *http.ServeMux
	routes page.Table
	door   *page.Door
}

// New returns the pages.
func New(c Config) *Site {
	s := &Site{Config: c}
	s.door = &page.Door{
		Base: Base, Name: "desk", Admits: auth.Role.Desk,
		People: c.People, Sessions: c.Sessions, Doors: c.Doors, SignIn: s.askWho, Join: s.askToJoin,
	}
	s.routes = s.table()
	s.mux = s.routes.Mux(s.Refuse)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// table is every page there is.
func (s *Site) table() page.Table {
	in := s.signedIn
	back := func(to string) page.Func {
		return in(func(w http.ResponseWriter, _ *http.Request, _ *visit) error { return page.SeeOther(w, to) })
	}
	t := page.Table{
		"POST /desk/stay":                    in(s.stay),
		"GET /desk/stay":                     back(Base),
		"GET /desk":                          in(s.queue),
		"GET /desk/cases":                    in(s.queue),
		"GET /desk/cases/counts":             quiet(s.watching(s.counts)),
		"GET /desk/cases/{case}":             in(s.caseShow),
		"POST /desk/sign-out":                in(s.signOut),
		"GET /desk/sign-out":                 back(Base),
		"GET /desk/people":                   in(admin(s.peopleList)),
		"POST /desk/people/invite":           in(admin(s.staffInvite)),
		"GET /desk/people/invite":            back(peoplePath),
		"POST /desk/people/{id}/remove":      in(admin(s.staffRemove)),
		"GET /desk/people/{id}/remove":       back(peoplePath),
		"GET /desk/people/sign":              in(admin(s.staffShow)),
		"POST /desk/people/sign":             in(admin(s.staffSign)),
		"POST /desk/people/sign/options":     in(admin(s.staffOptions)),
		"GET /desk/policy":                   in(s.policyShow),
		"GET /desk/policy/new":               in(admin(s.policyNew)),
		"POST /desk/policy/new":              in(admin(s.policyDraft)),
		"GET /desk/sign":                     in(s.signShow),
		"POST /desk/sign":                    in(s.sign),
		"POST /desk/sign/options":            in(s.signOptions),
		"GET /desk/policy/{number}":          in(s.versionShow),
		"GET /desk/audit":                    in(auditors(s.auditShow)),
		"GET /desk/audit/export":             back(auditPath),
		"POST /desk/audit/export":            in(auditors(s.auditTake)),
		"GET /desk/handover":                 in(s.handover),
		"GET /desk/rings":                    in(s.ringList),
		"GET /desk/rings/{ring}":             in(s.ringShow),
		"GET /desk/rings/{ring}/decide":      in(s.ringBack),
		"POST /desk/rings/{ring}/decide":     in(decider(s.ringDecide)),
		"POST /desk/policy/{number}/approve": in(admin(s.answer(desk.Approve))),
		"GET /desk/policy/{number}/approve":  back(policyPath),
		"POST /desk/policy/{number}/reject":  in(admin(s.answer(desk.Reject))),
		"GET /desk/policy/{number}/reject":   back(policyPath),
	}
	maps.Copy(t, s.signOnTable())
	for form, act := range map[string]handler{
		"claim": s.caseClaim, "leave": s.caseLeave, "notes": s.caseNote, "decide": s.caseDecide, "answer": s.caseAnswer, "reveals": s.caseReveal,
	} {
		t["POST /desk/cases/{case}/"+form] = in(decider(act))
		t["GET /desk/cases/{case}/"+form] = in(s.caseBack)
	}
	t["GET /desk/cases/{case}/reveals/{id}"] = in(decider(s.caseRevealed))
	maps.Copy(t, s.door.Table())
	return t
}

// visit is a request of somebody who is signed in.
type visit struct {
	*session.Presence
	form page.Form // of a POST
}

// handler answers a visit.
type handler func(http.ResponseWriter, *http.Request, *visit) error

// signedIn lets those of the desk through. A form has to be of one of their own
// pages, and counts as an act; so does opening a page, and a HEAD does not.
func (s *Site) signedIn(p handler) page.Func {
	return s.watching(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		var err error
		if r.Method == http.MethodPost {
			if v.form, err = page.Post(r, v.OwnPage, "sellers"); err != nil {
				return err
			}
		}
		if r.Method != http.MethodHead {
			if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
				return err
			}
		}
		return p(w, r, v)
	})
}

// watching lets those of the desk through whose script asks for something by
// itself. That is no act: the session ends as if nobody had asked.
func (s *Site) watching(p handler) page.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		there, err := s.Sessions.Current(r)
		if err != nil {
			return err
		}
		if there == nil || !there.Person.Role.Desk() {
			return approvals.Refuse(approvals.CodeSessionEnded)
		}
		return p(w, r, &visit{Presence: there})
	}
}

// quiet refuses a script by its status alone: it wants no page, and nobody is led
// back to it.
func quiet(p page.Func) page.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := p(w, r)
		if page.Is(err, approvals.CodeSessionEnded) {
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		}
		return err
	}
}

// admin lets admins through.
func admin(p handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if v.Person.Role != auth.Admin {
			return approvals.Refuse(approvals.CodeForbidden)
		}
		return p(w, r, v)
	}
}

func (s *Site) frame(v *visit) templates.DevFrame {
	until, final := s.until(v)
	return templates.DevFrame{
		Until: until, Final: final, Role: string(v.Person.Role), Person: v.Person.Name, Test: s.Test, CSRF: v.Values.Page, Now: s.Now(), Done: v.Values.Done,
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

func (s *Site) show(w http.ResponseWriter, status int, p templates.DevPage) error {
	return page.Show(w, status, func(to io.Writer) error { return s.Pages.Dev(to, p) })
}

// Refuse answers with the page for err.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.door.Refuse(w, r, err, s.Now(), func(status int, p templates.DevProblem) error {
		return s.show(w, status, templates.DeskProblem{DevProblem: p})
	})
}

func (s *Site) askWho(w http.ResponseWriter, status int, p templates.DevSignIn) error {
	p.Now = s.Now()
	shown := templates.DeskSignIn{DevSignIn: p}
	if s.SignOn != nil {
		shown.SignOn, shown.Host = signOnPath, s.SignOn.Host()
	}
	return s.show(w, status, shown)
}

func (s *Site) askToJoin(w http.ResponseWriter, _ *http.Request, status int, who auth.Person, p templates.DevPasskey) error {
	return s.show(w, status, templates.DeskJoin{DevFrame: templates.DevFrame{Now: s.Now()}, Name: who.Name, Role: string(who.Role), Passkey: p})
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
