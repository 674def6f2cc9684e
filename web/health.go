package web

import (
	"io"
	"net/http"

	"countersign/approvals"
	"countersign/web/problem"
)

const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
)

// isProbe reports whether a load balancer asks, which knows the node by
// address and not by its public name.
func isProbe(r *http.Request) bool { return r.URL.Path == healthPath || r.URL.Path == readyPath }

// healthz says that the process runs.
func healthz(w http.ResponseWriter, _ *http.Request) { ok(w) }

// readyz says whether this node can do its work, and not why it cannot.
func (s *site) readyz() http.Handler { return readyz(s.Ready, s.API.Refuse) }

func readyz(ready Readiness, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := ready.Ready(r.Context()); err != nil {
			refuse(w, r, approvals.Refuse(approvals.CodeUnavailable))
			problem.TraceOf(r.Context()).Cause = err
			return
		}
		ok(w)
	})
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // the prober may be gone
}

// Operator returns the handler of the operator's own listener: metrics, and
// the two probes. It asks for no key, so the listener must not be public
// (RELIABILITY N17).
func Operator(ready Readiness, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, m.handler())
	mux.HandleFunc("GET "+healthPath, healthz)
	mux.Handle("GET "+readyPath, readyz(ready, func(w http.ResponseWriter, r *http.Request, err error) {
		http.Error(w, "not ready", problem.Of(r.Context(), err).Status)
	}))
	return mux
}
