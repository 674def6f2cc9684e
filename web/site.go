package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/web/api"
	"countersign/web/desk"
	"countersign/web/dev"
	"countersign/web/problem"
)

// Pages is what people see: a handler with a route table of its own.
type Pages interface {
	http.Handler
	// Refuse shows the problem page of err (UX S13).
	Refuse(w http.ResponseWriter, r *http.Request, err error)
}

// Readiness tells whether this node can do its work. An error's text goes to
// the log, never to the one who asks.
type Readiness interface {
	Ready(ctx context.Context) error
}

// Config is what the front stands on.
type Config struct {
	PublicURL *url.URL // from CheckPublicURL
	API       *api.API
	Pages     Pages // nil: none
	Dev       []dev.Route
	// Developers is what a marketplace's engineers see, below dev.Base; nil: none.
	Developers Pages
	// Desk is what those see who work for no marketplace, below desk.Base; nil: none.
	Desk      Pages
	PageLimit PageLimit
	Ready     Readiness
	Metrics   *Metrics
	// Recent is told of refused calls whose marketplace is known; nil: nobody is.
	Recent *problem.Recent
	Log    *slog.Logger
	Now    func() time.Time
	// Machine is the clock how long a request took is taken by; a test gateway's
	// Now can be moved while a request runs. nil is Now.
	Machine func() time.Time
}

type site struct {
	Config
	mux *http.ServeMux
}

// New returns the public handler. /metrics is not on it: see Operator.
func New(c Config) (http.Handler, error) {
	if c.Machine == nil {
		c.Machine = c.Now
	}
	if c.PublicURL == nil || c.API == nil || c.Ready == nil || c.Metrics == nil || c.Log == nil || c.Now == nil {
		return nil, errors.New("web: a part is missing")
	}
	s := &site{Config: c, mux: http.NewServeMux()}
	s.mount(s.table())
	return s.observe(s.secured(s.recovered(s.timed(s.limited(s.hosted(http.HandlerFunc(s.route))))))), nil
}

// refuse answers in the form that fits the address.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if s.Pages == nil || isAPI(r) {
		s.API.Refuse(w, r, err)
		return
	}
	if s.Developers != nil && below(r, dev.Base) {
		s.Developers.Refuse(w, r, err)
		return
	}
	if s.Desk != nil && below(r, desk.Base) {
		s.Desk.Refuse(w, r, err)
		return
	}
	s.Pages.Refuse(w, r, err)
}

// below reports whether the address is base or below it.
func below(r *http.Request, base string) bool {
	return r.URL.Path == base || strings.HasPrefix(r.URL.Path, base+"/")
}

// notFound answers an address that nothing is under.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, approvals.Refuse(approvals.CodeNotFound))
}
