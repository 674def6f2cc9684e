package problem

import (
	"context"

	"countersign/approvals"
)

// Trace is what becomes known about one request while it is served, for the
// one line of the access log. It belongs to the goroutine of the request.
type Trace struct {
	ID          string // the request id, also in the answer; no secret
	Route       string // the pattern that matched, never the path: paths hold tokens
	Marketplace string
	Key         string         // the id of the API key that was good; no secret
	Code        approvals.Code // of the problem answered, empty for none
	Cause       error          // behind an answer of 500 or 503
}

type traceKey struct{}

// WithTrace returns a context that carries t.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceOf returns the trace of the request, or an empty one that nobody reads.
func TraceOf(ctx context.Context) *Trace {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		return t
	}
	return &Trace{}
}
