package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
)

// post serves a call that may change something, at most once for each
// Idempotency-Key. do leaves its answer in the call; where it saves the
// answer together with what it did, nothing can come between the two.
func (a *API) post(do func(*call) error) http.Handler { return a.once(a.admit, do) }

// stop is post for a call that only stops something: it is never too much.
func (a *API) stop(do func(*call) error) http.Handler { return a.once(a.identify, do) }

type admission func(http.ResponseWriter, *http.Request) (approvals.Marketplace, error)

func (a *API) once(admit admission, do func(*call) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := admit(w, r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		c, err := a.begin(m, r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		if answer, err := a.stored(c); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
			a.replay(w, r, answer, err)
			return
		}
		err = do(c)
		if err != nil && !errors.Is(err, approvals.ErrDuplicateAnswer) {
			err = a.keepRefusal(c, err)
		}
		switch {
		case errors.Is(err, approvals.ErrDuplicateAnswer):
			answer, err := a.first(c)
			a.replay(w, r, answer, err)
		case err != nil:
			a.Refuse(w, r, err)
		default:
			a.answer(w, *c.made)
		}
	})
}

// begin reads a POST.
func (a *API) begin(m approvals.Marketplace, r *http.Request) (*call, error) {
	if err := noQuery(r); err != nil {
		return nil, err
	}
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	hash := requestHash(m.ID, r.Method, r.URL.EscapedPath(), body)
	return &call{http: r, marketplace: m, body: body, key: key, hash: hash}, nil
}

// stored returns the answer kept under the call's key, CodeNotFound when there
// is none, CodeIdempotencyReused when it answers another request.
func (a *API) stored(c *call) (approvals.Answer, error) {
	answer, err := a.Answers.Answer(c.ctx(), c.marketplace.ID, c.key)
	if err != nil {
		return approvals.Answer{}, fmt.Errorf("find answer: %w", err)
	}
	if answer.RequestHash != c.hash {
		return approvals.Answer{}, approvals.Refuse(approvals.CodeIdempotencyReused)
	}
	return answer, nil
}

// first returns the answer of an equal request that won. One that cannot be
// seen yet is still running.
func (a *API) first(c *call) (approvals.Answer, error) {
	answer, err := a.stored(c)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		err = approvals.Refuse(approvals.CodeIdempotencyRunning)
	}
	return answer, err
}

// replay sends a kept answer again, byte for byte.
func (a *API) replay(w http.ResponseWriter, r *http.Request, answer approvals.Answer, err error) {
	if err != nil {
		a.Refuse(w, r, err)
		return
	}
	problem.TraceOf(r.Context()).Code = "" // what this call itself ran into is not the answer
	w.Header().Set("Idempotent-Replayed", "true")
	a.answer(w, answer)
}

func (a *API) answer(w http.ResponseWriter, answer approvals.Answer) {
	if answer.Status == http.StatusCreated {
		w.Header().Set("Location", a.PublicURL+made(answer))
	}
	write(w, answer.Status, answer.Body)
}

// made is the address of what an answer says was created.
func made(answer approvals.Answer) string {
	if answer.Action != "" {
		return "/v1/actions/" + string(answer.Action)
	}
	var v struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer.Body, &v) // it is our own
	return "/v1/webhook_endpoints/" + v.ID
}

// make puts together the answer to be kept under the call's key.
func (a *API) make(c *call, status int, id approvals.ActionID, v any) (*approvals.Answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	c.made = &approvals.Answer{
		Marketplace: c.marketplace.ID, Key: c.key, RequestHash: c.hash,
		Action: id, Status: status, Body: body, At: a.Now(),
	}
	return c.made, nil
}

// with returns what makes the answer inside the transaction of the change. It
// may run more than once; the last one counts.
func (a *API) with(c *call, status int, view func(approvals.Action) (any, error)) func(approvals.Action) (*approvals.Answer, error) {
	return func(x approvals.Action) (*approvals.Answer, error) {
		v, err := view(x)
		if err != nil {
			return nil, err
		}
		return a.make(c, status, x.ID, v)
	}
}

// savePause is what saving an answer by itself may take, also when the client
// has hung up: what it asked for is done.
const savePause = 5 * time.Second

// save keeps the call's answer by itself, where what it did is done already
// and doing it again would change nothing.
func (a *API) save(c *call) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), savePause)
	defer cancel()
	return a.Answers.SaveAnswer(ctx, *c.made)
}

// ensureSaved keeps the answer of a call that had nothing left to do, and so
// saved nothing.
func (a *API) ensureSaved(c *call) error {
	_, err := a.Answers.Answer(c.ctx(), c.marketplace.ID, c.key)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return a.save(c)
	}
	return err
}

// keepRefusal keeps the answer to a refused call, unless the refusal is about
// this moment only: who asks, how often, or that the gateway is unsure. It
// returns nil when the refusal is the answer, and otherwise what went wrong.
func (a *API) keepRefusal(c *call, refusal error) error {
	p := problem.Of(c.ctx(), refusal)
	if p.Status >= http.StatusInternalServerError || p.Status == http.StatusUnauthorized || p.Status == http.StatusTooManyRequests {
		return refusal
	}
	body, err := a.docs.Encode(p, problem.TraceOf(c.ctx()).ID)
	if err != nil {
		return err
	}
	c.made = &approvals.Answer{
		Marketplace: c.marketplace.ID, Key: c.key, RequestHash: c.hash,
		Action: approvals.ActionID(p.Facts["action_id"]), Status: p.Status, Body: body, At: a.Now(),
	}
	return a.Answers.SaveAnswer(c.ctx(), *c.made)
}
