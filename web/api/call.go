package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/web/problem"
)

// call is one authenticated request.
type call struct {
	http        *http.Request
	marketplace approvals.Marketplace
	body        []byte // of a POST
	key         string // its Idempotency-Key
	hash        string // of what it asks for
	made        *approvals.Answer
}

func (c *call) ctx() context.Context { return c.http.Context() }

// action is the key of the action the path names, whatever stands there.
func (c *call) action() approvals.ActionKey {
	return approvals.ActionKey{Marketplace: c.marketplace.ID, ID: approvals.ActionID(c.http.PathValue("id"))}
}

// seller is the key of the seller the path names.
func (c *call) seller() (approvals.SellerKey, error) {
	id := c.http.PathValue("id")
	if approvals.CheckSellerID(id) != "" {
		return approvals.SellerKey{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return approvals.SellerKey{Marketplace: c.marketplace.ID, Seller: approvals.SellerID(id)}, nil
}

// get serves a call that only reads.
func (a *API) get(read func(*call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := a.admit(w, r)
		if err == nil {
			err = noBody(r)
		}
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		v, err := read(&call{http: r, marketplace: m})
		a.show(w, r, v, err)
	})
}

// open serves a call that only reads and asks for no key.
func (a *API) open(read func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := read(r)
		a.show(w, r, v, err)
	})
}

// show answers with what was read.
func (a *API) show(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	body, err := json.Marshal(v)
	if err != nil {
		a.Refuse(w, r, fmt.Errorf("encode answer: %w", err))
		return
	}
	write(w, http.StatusOK, body)
}

// write sends a finished answer.
func write(w http.ResponseWriter, status int, body []byte) {
	kind := "application/json"
	if status >= http.StatusBadRequest {
		kind = problem.ContentType
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone; the answer is kept
}
