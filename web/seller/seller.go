package seller

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/rate"
	"countersign/web/session"
)

// Config is what the pages need. Everything but Help and Dwell is required.
type Config struct {
	Approvals *approvals.Service
	Auth      *auth.Service
	Sessions  *session.Store
	Registry  approvals.Registry
	Cases     approvals.Cases
	Events    approvals.SellerEvents
	Pages     *templates.Renderer
	PublicURL string // scheme and host, no slash at the end; links are made from it alone
	// Help is where the marketplace helps people; empty leaves the link out.
	Help string
	// Dwell is how long after a mail's acceptance nobody can have read it and
	// answered: a confirmation that comes sooner is asked to come again, and
	// nothing of it is spent (STANDARDS AS-05). Zero asks nothing.
	Dwell time.Duration
	// Clients tells whom a request comes from, for what the seller is told.
	Clients rate.Addresses
}

// DefaultDwell is five seconds.
const DefaultDwell = 5 * time.Second

// Handler serves the pages. It is safe for concurrent use.
type Handler struct {
	Config
	host   string
	mux    *http.ServeMux
	routes []route
	turns  turns
}

// New returns the pages' handler.
func New(c Config) *Handler {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	h := &Handler{Config: c, host: c.PublicURL, mux: http.NewServeMux(), turns: newTurns()}
	if u, err := url.Parse(c.PublicURL); err == nil {
		h.host = u.Host
	}
	h.routes = h.table()
	for _, rt := range h.routes {
		h.mux.Handle(rt.pattern, h.serve(rt.page))
	}
	h.mux.Handle("/", h.serve(h.missing))
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// serve is the one place where a handler's error becomes a page.
func (h *Handler) serve(p page.Func) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.chosenLocale(w, r); err != nil {
			h.Refuse(w, r, err)
			return
		}
		r = r.WithContext(approvals.WithOrigin(r.Context(), h.origin(r)))
		if err := p(w, r); err != nil {
			h.Refuse(w, r, err)
		}
	})
}

// now is the one clock.
func (h *Handler) now() time.Time { return h.Approvals.Now() }

// seeOther sends the browser to another of our pages. Nothing in path comes
// from the request.
func seeOther(w http.ResponseWriter, path string) error {
	return page.SeeOther(w, path)
}

// onlyHead reports whether r is a HEAD, of which nothing is remembered: no
// session begun, no pointer set, no challenge kept.
func onlyHead(r *http.Request) bool { return r.Method == http.MethodHead }
