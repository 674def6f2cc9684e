package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
)

// requestIDHeader is set on every answer. One that a client sends is not read.
const requestIDHeader = "Request-Id"

// observe gives the request its id, and writes the one line of the log about
// it: the route's pattern instead of the path, because paths hold tokens, and
// nothing that the client sent (RELIABILITY N1, N3).
func (s *site) observe(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.Machine()
		t := &problem.Trace{ID: "req_" + rand.Text(), Route: "none"}
		w.Header().Set(requestIDHeader, t.ID)
		seen := &recorder{ResponseWriter: w}
		defer func() {
			took := s.Machine().Sub(began)
			s.Metrics.answered(r.Method, t, seen.statusOr(http.StatusOK), took)
			if s.Recent != nil && t.Marketplace != "" && t.Code != "" {
				s.Recent.Add(approvals.MarketplaceID(t.Marketplace), problem.Refused{
					At: began, Request: t.ID, Method: r.Method, Route: t.Route, Status: seen.statusOr(http.StatusOK), Code: t.Code,
				})
			}
			s.Log.LogAttrs(r.Context(), level(t), "request", attributes(r, t, seen, took)...)
		}()
		inner.ServeHTTP(seen, r.WithContext(approvals.WithTrail(problem.WithTrace(r.Context(), t), &approvals.Trail{})))
	})
}

// Observe gives the handler of a listener of its own what every request of the
// public one gets: an id, its line in the log, and a place in the metrics.
func Observe(inner http.Handler, m *Metrics, log *slog.Logger, machine func() time.Time) http.Handler {
	s := &site{Config: Config{Metrics: m, Log: log, Machine: machine}}
	return s.observe(inner)
}

func level(t *problem.Trace) slog.Level {
	switch {
	case t.Cause == nil || errors.Is(t.Cause, context.Canceled):
		return slog.LevelInfo
	case t.Code == problem.InternalError, errors.Is(t.Cause, approvals.ErrBroken):
		return slog.LevelError
	}
	return slog.LevelWarn
}

// maxCause keeps an error's text from flooding the log.
const maxCause = 1000

func attributes(r *http.Request, t *problem.Trace, w *recorder, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("request_id", t.ID), slog.String("method", knownMethod(r.Method)), slog.String("route", t.Route),
		slog.Int("status", w.statusOr(http.StatusOK)), slog.Int64("bytes", w.bytes), slog.Duration("took", took),
	}
	if t.Marketplace != "" {
		attrs = append(attrs, slog.String("marketplace", t.Marketplace))
	}
	if t.Key != "" {
		attrs = append(attrs, slog.String("key", t.Key))
	}
	if t.Code != "" {
		attrs = append(attrs, slog.String("code", string(t.Code)))
	}
	if t.Cause != nil {
		cause := t.Cause.Error()
		attrs = append(attrs, slog.String("cause", cause[:min(len(cause), maxCause)]))
	}
	return attrs
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) statusOr(status int) int {
	if w.status != 0 {
		return w.status
	}
	return status
}

// recovered answers a panic like any internal error (STANDARDS AS-42). What
// was panicked with may hold a request's data, so only its type and the stack
// are logged. An answer that has begun is cut off.
func (s *site) recovered(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			s.Metrics.panics.Inc()
			s.Log.ErrorContext(r.Context(), "panic", "request_id", problem.TraceOf(r.Context()).ID,
				"type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			if seen, ok := w.(*recorder); v == http.ErrAbortHandler || ok && seen.status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.lastResort(w, r)
		}()
		inner.ServeHTTP(w, r)
	})
}

// lastResort refuses, and when even that panics says so in plain text.
func (s *site) lastResort(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			http.Error(w, "internal error", http.StatusInternalServerError)
		}
	}()
	s.refuse(w, r, errPanic)
}

var errPanic = errors.New("a handler panicked")
