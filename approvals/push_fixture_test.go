package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

const pushBody = "iban=NL91ABNA0417164300"

// pushDetails are the fixture's details with the request of pushBody.
func pushDetails(to string) []byte {
	bound, _ := json.Marshal(approvals.BoundRequest{ // never fails
		Method: "POST", Target: "/bank?tab=1", ContentType: "application/x-www-form-urlencoded", ContentDigest: approvals.ContentDigest([]byte(pushBody)),
	})
	return fmt.Appendf(nil, `{"from":%s,"request":%s,"to":%s}`, oldAccount, bound, to)
}

// pushRequest asks for the fixture's change, to be sent upstream.
func pushRequest(s approvals.Seller, idempotent bool) approvals.Request {
	r := request(s)
	r.Details = pushDetails(newAccount)
	r.Push = &approvals.Push{Route: "bank", Idempotent: idempotent, Body: []byte(pushBody)}
	return r
}

// PushBody implements approvals.PushBodies.
func (m *memStore) PushBody(_ context.Context, id approvals.ActionID) (approvals.ActionKey, []byte, error) {
	body, known := m.bodies[id]
	if !known {
		return approvals.ActionKey{}, nil, approvals.Refuse(approvals.CodeNotFound)
	}
	return m.actions[id].Key(), slices.Clone(body), nil
}

// upstream is the far end of a push: what came, how it answers, and what happens
// while it does.
type upstream struct {
	got    []approvals.PushOrder
	answer approvals.PushOutcome
	err    error
	during func()
	sends  func(approvals.PushRoute) bool // nil: all
}

func (u *upstream) Sends(r approvals.PushRoute) bool { return u.sends == nil || u.sends(r) }

func (u *upstream) Push(_ context.Context, o approvals.PushOrder) (approvals.PushOutcome, error) {
	u.got = append(u.got, o)
	if u.during != nil {
		u.during()
	}
	return u.answer, u.err
}

// plainSigner makes tokens that say what they are for.
type plainSigner struct{ err error }

func (s plainSigner) SignRelease(c approvals.ReleaseClaims) (string, error) {
	return fmt.Sprintf("%s until %d", c.ID, c.ExpiresAt), s.err
}

// pushing is a gateway with an upstream, and one action to be pushed there.
type pushing struct {
	*gateway
	tb     testing.TB
	sender *approvals.Sender
	up     *upstream
	id     approvals.ActionID
}

// newPushing takes a pushed action to its approval.
func newPushing(tb testing.TB, idempotent bool) *pushing {
	tb.Helper()
	p := &pushing{gateway: newGateway(), tb: tb, up: &upstream{answer: approvals.PushOutcome{Result: approvals.PushExecuted, Status: 204}}}
	p.sender = p.senderOf(p.up)
	a, err := p.Create(tb.Context(), pushRequest(seller, idempotent))
	if err != nil {
		tb.Fatal(err)
	}
	for p.id = a.ID; a.State != approvals.Approved; a = p.action() {
		if err := p.forward(a); err != nil {
			tb.Fatal(err)
		}
	}
	return p
}

func (g *gateway) senderOf(u approvals.Pusher) *approvals.Sender {
	return &approvals.Sender{
		Service: g.Service, Bodies: g.store, Gate: func(context.Context) (approvals.Gate, error) { return g.store.gate, nil },
		Releases: plainSigner{}, Issuer: "https://gateway.example", Pusher: u,
	}
}

func (p *pushing) action() approvals.Action { return p.store.actions[p.id] }

// push wakes the worker.
func (p *pushing) push() error { return p.sender.Push(p.tb.Context(), string(p.id)) }

// comes makes one attempt that comes to this, and returns the action.
func (p *pushing) comes(o approvals.PushOutcome) approvals.Action {
	p.tb.Helper()
	p.up.answer = o
	if err := p.push(); err != nil {
		p.tb.Fatalf("push: %v", err)
	}
	return p.action()
}

// dies makes one attempt whose owner dies while the upstream answers.
func (p *pushing) dies() approvals.Action {
	p.tb.Helper()
	p.up.during = func() { panic("kill -9") }
	func() {
		defer func() { _ = recover() }()
		_ = p.push()
	}()
	p.up.during = nil
	return p.action()
}

// again waits until the push is due, if it ever is.
func (p *pushing) again() bool {
	next := p.action().Push.NextAt
	if leased := p.action().Push.LeasedUntil; leased.After(next) {
		next = leased
	}
	if next.IsZero() {
		return false
	}
	if next.After(p.now) {
		p.pass(next.Sub(p.now))
	}
	return true
}

// is checks where the action stands, that nothing more is due there, and how
// often the upstream heard of it.
func (p *pushing) is(want approvals.State, heard int) {
	p.tb.Helper()
	a := p.action()
	if a.State != want || len(p.up.got) != heard {
		p.tb.Fatalf("it is %s and the upstream heard of it %d times, want %s and %d: %+v", a.State, len(p.up.got), want, heard, a.Push)
	}
	if want != approvals.Releasing && want != approvals.Approved && (!a.Push.NextAt.IsZero() || !a.Push.LeasedUntil.IsZero()) {
		p.tb.Errorf("it is over, and the push is due: %+v", a.Push)
	}
	for i, t := range a.Push.Attempts {
		if t.Number != i+1 || t.EndedAt.IsZero() != (t.Result == "") || t.EndedAt.IsZero() && i < len(a.Push.Attempts)-1 {
			p.tb.Errorf("attempt %d of %d: %+v", i+1, len(a.Push.Attempts), t)
		}
	}
}

// nothingDue waits for a month and checks that nothing is sent any more.
func (p *pushing) nothingDue() {
	p.tb.Helper()
	before := len(p.up.got)
	for range 31 {
		p.pass(24 * time.Hour)
		if err := p.push(); !errors.Is(err, approvals.ErrNotDue) {
			p.tb.Fatalf("a day later: %v", err)
		}
	}
	if len(p.up.got) != before {
		p.tb.Errorf("sent %d times more", len(p.up.got)-before)
	}
}
