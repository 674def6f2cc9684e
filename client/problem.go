package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Codes a marketplace may want to tell apart. The gateway has more; a Code
// never changes its meaning.
const (
	CodeActionAlreadyOpen = "action_already_open" // the seller has one of this kind; ActionID names it
	CodeNotApproved       = "not_approved"        // claim: too early or over; State and NotBefore say which
	CodePayloadMismatch   = "payload_mismatch"    // claim: other details than approved; the action is held now
	CodeAlreadyClaimed    = "already_claimed"     // claim: another call won
	CodeReleasedByGateway = "released_by_gateway" // claim: the gateway itself sends the request upstream
	CodeSellerLocked      = "seller_locked"       // claim: nothing of this seller releases
	CodeClaimExpired      = "claim_expired"       // claim: too late
	CodeNotFound          = "not_found"           // unknown here, or another marketplace's
	CodeTravelLock        = "travel_lock"         // the seller asked that nothing goes forward for a while
	CodeRequestInProgress = "request_in_progress" // the same idempotency key is still being worked on
)

// Problem is a refusal of the gateway (RFC 9457). Reach it with
// errors.AsType[*client.Problem](err).
type Problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"` // the HTTP status of the answer
	Code      string       `json:"code"`   // stable; empty when something before the gateway answered
	Detail    string       `json:"detail"` // for an engineer; never shown to a seller
	RequestID string       `json:"request_id"`
	Errors    []FieldError `json:"errors"` // which fields of the request, for a 400

	State      State         `json:"state"`      // where the action stands, where that is the reason
	NotBefore  time.Time     `json:"not_before"` // when it can be confirmed at the earliest
	ActionID   string        `json:"action_id"`  // the action that stands in the way
	RetryAfter time.Duration `json:"-"`          // zero when the gateway named no time
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error names status, code and request id. It repeats nothing of the request.
func (p *Problem) Error() string {
	s := fmt.Sprintf("countersign: %d", p.Status)
	if p.Code != "" {
		s += " " + p.Code
	}
	if p.Title != "" {
		s += ": " + p.Title
	}
	if p.RequestID != "" {
		s += " (request " + p.RequestID + ")"
	}
	return s
}

// HasCode reports whether err is a refusal with this code.
func HasCode(err error, code string) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && p.Code == code
}

// passing reports whether the same request can succeed later as it stands.
func (p *Problem) passing() bool {
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusConflict:
		return p.Code == CodeRequestInProgress
	}
	return false
}

// problemFrom reads a refusal. An answer that is no problem document, a
// proxy's error page for instance, keeps its status and says nothing else.
func problemFrom(resp *http.Response, body []byte) *Problem {
	p := &Problem{}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "application/problem+json" {
		var wire struct {
			*Problem
			RetryAfter json.Number `json:"retry_after"` // seconds
		}
		wire.Problem = p
		if err := json.Unmarshal(body, &wire); err != nil {
			*p = Problem{}
		}
		p.RetryAfter = seconds(wire.RetryAfter.String())
	}
	p.Status = resp.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if h := resp.Header.Get("Retry-After"); p.RetryAfter == 0 && h != "" {
		p.RetryAfter = retryAfter(h, resp.Header.Get("Date"))
	}
	return p
}

// retryAfter reads the header of RFC 9110 §10.2.3: seconds, or a date, which
// is measured against the same answer's Date so that no clock has to agree.
func retryAfter(value, date string) time.Duration {
	at, err := http.ParseTime(value)
	if err != nil {
		return seconds(value)
	}
	sent, err := http.ParseTime(date)
	if err != nil {
		return 0
	}
	return max(at.Sub(sent), 0)
}

// seconds is zero for what is no whole number from 0 to a year.
func seconds(s string) time.Duration {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 365*24*3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}
