package proxy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// waitingView is the action as the seller's own client may read it: who may
// send the request may not be who owns the account, so there is nothing in it
// that the client did not send, and no word of where money goes now.
type waitingView struct {
	ID        approvals.ActionID `json:"id"`
	Object    string             `json:"object"`
	Reference string             `json:"reference"`
	Kind      approvals.Kind     `json:"kind"`
	State     approvals.State    `json:"state"`
	Digest    string             `json:"digest"`
	Seller    sellerRef          `json:"seller"`
	Next      next               `json:"next"`
	CreatedAt string             `json:"created_at"`
	Version   int                `json:"version"`
}

type sellerRef struct {
	ID approvals.SellerID `json:"id"`
}

type next struct {
	Type      string `json:"type"` // redirect, wait or none
	URL       string `json:"url,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

func viewWaiting(a approvals.Action, handoff string) waitingView {
	v := waitingView{
		ID: a.ID, Object: "action", Reference: a.Reference, Kind: a.Kind, State: a.State, Digest: a.Digest.String(),
		Seller: sellerRef{a.Seller}, Next: next{Type: "wait"}, CreatedAt: approvals.FormatTime(a.CreatedAt), Version: a.Version,
	}
	switch {
	case handoff != "":
		v.Next = next{"redirect", handoff, approvals.FormatTime(a.MovedAt.Add(approvals.HandoffLife))}
	case a.State.Final():
		v.Next.Type = "none"
	}
	return v
}

// locationHeader says where the seller goes, beside a challenge.
const locationHeader = "Countersign-Location"

// waiting answers a request that was sealed: 202, 303 for a browser, or 401
// with the challenge of RFC 9470, always with the action. The answer says only
// that it waits; what becomes of it is for the marketplace to ask.
func (p *Proxy) waiting(w http.ResponseWriter, r *http.Request, route *route, a approvals.Action, handoff string) {
	body, err := marshal(viewWaiting(a, handoff))
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	h := w.Header()
	own(h)
	h.Set("Content-Type", "application/json")
	h.Set("Referrer-Policy", "no-referrer")
	status := http.StatusAccepted
	switch {
	case route.Answer == answerChallenge:
		status = http.StatusUnauthorized
		h.Set("WWW-Authenticate", problem.StepUp)
	case handoff != "" && (route.Answer == answerRedirect || browser(r)):
		status = http.StatusSeeOther
	}
	if handoff != "" {
		h.Set(locationHeader, handoff)
	}
	if handoff != "" && status != http.StatusUnauthorized {
		h.Set("Location", handoff)
	}
	p.count(Outcome{Kind: Sealed, Route: route.Name, Status: status})
	p.Log.InfoContext(r.Context(), "proxy sealed", "route", route.Name, "action", string(a.ID), "status", status)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

// marshal writes a URL as it is, for people to copy.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// browser reports whether a request is a page being opened, by a form: what
// its person sees next is the answer.
func browser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && strings.Contains(r.Header.Get("Accept"), "text/html")
}
