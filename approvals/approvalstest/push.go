package approvalstest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"countersign/approvals"
)

// PushRoute is the route that RequestPush asks for.
const PushRoute = "bank"

// PushBody is the body of the request that RequestPush asks to be sent.
const PushBody = "holder=Anna+Rossi&iban=GB33BUKB20201555555555"

// RequestPush asks for an action of this seller that the gateway itself sends
// upstream.
func (w *World) RequestPush(key approvals.SellerKey, idempotent bool) approvals.Request {
	r := w.Request(key)
	bound, _ := json.Marshal(approvals.BoundRequest{ // never fails
		Method: "POST", Target: "/bank?tab=1", ContentType: "application/x-www-form-urlencoded", ContentDigest: approvals.ContentDigest([]byte(PushBody)),
	})
	r.Details = slices.Concat([]byte(`{"request":`), bound, []byte(","), []byte(Details[1:]))
	r.Push = &approvals.Push{Route: PushRoute, Idempotent: idempotent, Body: []byte(PushBody)}
	return r
}

// CreatePush makes an action of a new seller that the gateway sends upstream.
func (w *World) CreatePush(t testing.TB, idempotent bool) approvals.Action {
	t.Helper()
	return w.must(t)(w.Service.Create(context.Background(), w.RequestPush(w.SellerKey(w.sellers.Add(1)), idempotent)))
}

// ApprovedPush is CreatePush, approved and due.
func (w *World) ApprovedPush(t testing.TB, idempotent bool) approvals.Action {
	t.Helper()
	return w.DriveOn(t, w.CreatePush(t, idempotent), approvals.Approved)
}

// Sender returns a sender of this world that sends with p.
func (w *World) Sender(p approvals.Pusher) *approvals.Sender {
	return &approvals.Sender{
		Service: w.Service, Bodies: w.Parts.Reader, Gate: w.Parts.Governor.Gate, Releases: w.Keys, Issuer: "https://gateway.example", Pusher: p,
	}
}

// Push makes the next attempt of a, which comes to o, and returns a as it is
// then.
func (w *World) Push(t testing.TB, a approvals.Action, o approvals.PushOutcome) approvals.Action {
	t.Helper()
	err := w.Sender(&Pusher{Answer: func(approvals.PushOrder) (approvals.PushOutcome, error) { return o, nil }}).Push(context.Background(), string(a.ID))
	if err != nil {
		t.Fatalf("push: %v", err)
	}
	return w.Read(t, a)
}

// Abandoned begins an attempt of a whose owner then dies, and returns a.
func (w *World) Abandoned(t testing.TB, a approvals.Action) approvals.Action {
	t.Helper()
	died := errors.New("died")
	func() {
		defer func() {
			if r := recover(); r != nil && r != died {
				panic(r)
			}
		}()
		_ = w.Sender(&Pusher{Answer: func(approvals.PushOrder) (approvals.PushOutcome, error) { panic(died) }}).Push(context.Background(), string(a.ID))
	}()
	return w.Read(t, a)
}

// Pusher is an upstream in memory: it keeps what it was sent and answers as it
// is told, or that it is done.
type Pusher struct {
	Answer func(approvals.PushOrder) (approvals.PushOutcome, error)
	// Only names the one route that it sends; zero: every route.
	Only approvals.PushRoute

	mu     sync.Mutex
	orders []approvals.PushOrder
}

// Sends implements approvals.Pusher.
func (p *Pusher) Sends(r approvals.PushRoute) bool {
	return p.Only == approvals.PushRoute{} || p.Only == r
}

// Push implements approvals.Pusher.
func (p *Pusher) Push(_ context.Context, o approvals.PushOrder) (approvals.PushOutcome, error) {
	p.mu.Lock()
	p.orders = append(p.orders, o)
	p.mu.Unlock()
	if p.Answer == nil {
		return approvals.PushOutcome{Result: approvals.PushExecuted, Status: 204}, nil
	}
	return p.Answer(o)
}

// Orders returns all that was sent, in order.
func (p *Pusher) Orders() []approvals.PushOrder {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.orders)
}
