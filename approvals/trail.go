package approvals

import (
	"context"
	"maps"

	"countersign/approvals/audit"
)

// Trail is what becomes known, while a request is served, of how it came in.
// Every audit line of what the request does carries it (STANDARDS PS-20). It
// belongs to the goroutine of the request, and nothing is decided by it.
type Trail struct {
	Session string // SHA-256 of the session's id, hexadecimal; the id itself opens it
	Key     string // the id of the API key that was good; no secret
}

type trailKey struct{}

// WithTrail returns a context that carries t.
func WithTrail(ctx context.Context, t *Trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

// TrailOf returns the trail of the request, or an empty one that nobody reads.
func TrailOf(ctx context.Context) *Trail {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		return t
	}
	return &Trail{}
}

// Mark returns e with what is known of the request that caused it. An event that
// says more of its own is left as it is.
func (t *Trail) Mark(e audit.Event) audit.Event {
	data := map[string]string{}
	if t.Session != "" {
		data["session"] = t.Session
	}
	if t.Key != "" {
		data["by_key"] = t.Key
	}
	if len(data) > 0 {
		maps.Copy(data, e.Data)
		e.Data = data
	}
	return e
}
