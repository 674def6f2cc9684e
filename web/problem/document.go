package problem

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"countersign/approvals"
)

// ContentType is that of a problem document (RFC 9457 §3).
const ContentType = "application/problem+json"

// DocPath is the page that describes the API; every code has an anchor there.
const DocPath = "/dev/api"

// Documents writes problem documents, the API's way of saying no.
type Documents struct {
	PublicURL string // types are PublicURL/problems/{code}
	Now       func() time.Time
}

// document is the order in which the members are written. The facts of a
// refusal are extension members (STANDARDS PD-02).
type document struct {
	Type       string                 `json:"type"`
	Title      string                 `json:"title"`
	Status     int                    `json:"status"`
	Detail     string                 `json:"detail"`
	Code       approvals.Code         `json:"code"`
	Doc        string                 `json:"doc"`
	RequestID  string                 `json:"request_id,omitempty"`
	State      string                 `json:"state,omitempty"`
	NotBefore  string                 `json:"not_before,omitempty"`
	RetryAt    string                 `json:"retry_at,omitempty"`
	RetryAfter int64                  `json:"retry_after,omitempty"` // seconds
	ActionID   string                 `json:"action_id,omitempty"`
	Scope      string                 `json:"scope,omitempty"` // that the API key lacks
	Errors     []approvals.FieldError `json:"errors,omitempty"`
}

// Encode returns the document of p.
func (d Documents) Encode(p Problem, requestID string) ([]byte, error) {
	b, err := json.Marshal(document{
		Type: d.PublicURL + "/problems/" + string(p.Code), Title: p.Title, Status: p.Status, Detail: p.Detail,
		Code: p.Code, Doc: d.PublicURL + DocPath + "#" + string(p.Code), RequestID: requestID,
		State: p.Facts["state"], NotBefore: p.Facts["not_before"], RetryAt: p.Facts["retry_at"], ActionID: p.Facts["action_id"], Scope: p.Facts["scope"],
		RetryAfter: seconds(p.Pause(d.Now())), Errors: p.Fields,
	})
	if err != nil {
		return nil, fmt.Errorf("encode problem %s: %w", p.Code, err)
	}
	return b, nil
}

// Refuse answers with the problem document of err.
func (d Documents) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := Of(r.Context(), err)
	body, err := d.Encode(p, TraceOf(r.Context()).ID)
	if err != nil { // strings and numbers always encode
		http.Error(w, p.Title, p.Status)
		return
	}
	p.Headers(w.Header(), d.Now())
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client may be gone
}
