package problem

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/templates"
)

// Problem is what a stranger may read about an error.
type Problem struct {
	Code   approvals.Code
	Status int
	Title  string
	Detail string
	Page   templates.ProblemKind
	Facts  map[string]string
	Fields []approvals.FieldError
}

// Of says what may be told about err, and notes in the request's trace what
// may not. A refusal keeps its code and facts; a broken assertion halts
// releases and reads like it (DESIGN rule 17); a request that ran out of time
// may be sent again; anything else is an internal error.
func Of(ctx context.Context, err error) Problem {
	refusal, ok := errors.AsType[*approvals.Error](err)
	switch {
	case ok && known(refusal.Code):
	case errors.Is(err, approvals.ErrBroken):
		refusal = approvals.Refuse(approvals.CodeHalted)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		refusal = approvals.Refuse(approvals.CodeUnavailable)
	default:
		refusal = approvals.Refuse(InternalError)
	}
	e := entries[refusal.Code]
	t := TraceOf(ctx)
	t.Code = refusal.Code
	if e.status >= http.StatusInternalServerError {
		t.Cause = err
	}
	return Problem{
		Code: refusal.Code, Status: e.status, Title: e.title, Detail: e.detail, Page: e.page,
		Facts: maps.Clone(refusal.Facts), Fields: refusal.Fields,
	}
}

func known(c approvals.Code) bool {
	_, ok := entries[c]
	return ok
}

// Waits for a client that is to come back and was told no time.
const (
	busyPause    = 5 * time.Second // the gateway is unsure
	runningPause = time.Second     // the first of two equal requests is running
)

// Pause returns how long a client should wait before it sends the request
// again, zero when that would not help.
func (p Problem) Pause(now time.Time) time.Duration {
	if at, err := time.Parse(approvals.TimeFormat, p.Facts["retry_at"]); err == nil {
		return max(at.Sub(now), time.Second)
	}
	switch {
	case p.Status == http.StatusServiceUnavailable:
		return busyPause
	case p.Code == approvals.CodeIdempotencyRunning:
		return runningPause
	}
	return 0
}

// Headers sets what belongs to the status: Retry-After (RFC 9110 §10.2.3),
// rounded up to seconds, and the challenge of a missing or unknown API key
// (RFC 6750 §3).
func (p Problem) Headers(h http.Header, now time.Time) {
	if pause := p.Pause(now); pause > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds(pause), 10))
	}
	switch p.Code {
	case approvals.CodeUnauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="countersign"`)
	case IdentityMissing: // the marketplace's own sign-in (RFC 9110 §15.5.2)
		h.Set("WWW-Authenticate", `Bearer realm="marketplace"`)
	}
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
