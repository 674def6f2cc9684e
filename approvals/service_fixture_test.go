package approvals_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// gateway is a Service over a memStore, with a clock that stands still.
type gateway struct {
	*approvals.Service
	store  *memStore
	now    time.Time
	ids    int
	broken []string // what Service told of broken assertions
	post   postman
}

// postman is the mail server: what it answers, and what it was given.
type postman struct {
	verdict approvals.Verdict
	err     error
	sent    []approvals.OutMail
}

func (p *postman) Send(_ context.Context, m approvals.OutMail) (approvals.Verdict, string, error) {
	p.sent = append(p.sent, m)
	return p.verdict, "250 ok", p.err
}

func newGateway() *gateway {
	g := &gateway{store: newMemStore(), now: t0, post: postman{verdict: approvals.VerdictAccepted}}
	g.store.gate.ClockMark = t0
	g.store.now = func() time.Time { return g.now }
	g.Service = &approvals.Service{
		Store: g.store, Reader: g.store, Outbox: g.store, Policy: approvalstest.DefaultWaits, Links: linkKey,
		FingerprintKey: []byte("a key of at least thirty-two bytes"), HumanDelay: approvals.DefaultHumanDelay,
		NewID:  func() string { g.ids++; return fmt.Sprintf("action-%d", g.ids) },
		Now:    func() time.Time { return g.now },
		Broken: func(_ context.Context, where string) { g.broken = append(g.broken, where) },
	}
	return g
}

// pass lets time go by, and the mark of the clock with it.
func (g *gateway) pass(d time.Duration) {
	g.now = g.now.Add(d)
	g.store.gate.ClockMark = g.now
}

// request asks for the fixture's change of account.
func request(s approvals.Seller) approvals.Request {
	return approvals.Request{Marketplace: approvals.Marketplace{ID: s.Marketplace}, Kind: approvals.PayoutAccountChange, Seller: s, Details: []byte(details)}
}

func (g *gateway) create(tb testing.TB) approvals.Action {
	tb.Helper()
	a, err := g.Create(context.Background(), request(seller))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// proof is a fresh passkey proof of a's next stage.
func (g *gateway) proof(a approvals.Action) approvals.Proof {
	stage := approvals.StageStepUp
	if a.State == approvals.AwaitingConfirmation {
		stage = approvals.StageConfirmation
	}
	p := proof(a, stage, approvals.Passkey, g.now)
	g.ids++
	p.Spent = fmt.Sprintf("%s of %s, %d", p.Spent, a.ID, g.ids)
	return p
}

// reload reads a as it is stored.
func (g *gateway) reload(a approvals.Action) approvals.Action { return g.store.actions[a.ID] }

// confirmToken is the newest token mailed for a.
func (g *gateway) confirmToken(a approvals.Action) string {
	return linkKey.Token(approvals.ConfirmLink, a.ID, g.reload(a).ConfirmSerial)
}

// reach takes a new action through the service to the given state.
func (g *gateway) reach(tb testing.TB, to approvals.State) approvals.Action {
	tb.Helper()
	a := g.create(tb)
	for tries := 0; a.State != to; tries++ {
		if err := g.forward(a); err != nil || tries > len(approvals.States) {
			tb.Fatalf("from %s on the way to %s: %v", a.State, to, err)
		}
		a = g.reload(a)
	}
	return a
}

// forward takes the next good step of a.
func (g *gateway) forward(a approvals.Action) error {
	ctx, err := context.Background(), error(nil)
	g.pass(time.Minute)
	switch a.State {
	case approvals.AwaitingStepUp:
		_, err = g.StepUp(ctx, a.Key(), g.proof(a))
	case approvals.Notifying:
		err = g.deliver(a)
	case approvals.CoolingOff:
		g.pass(a.NotBefore.Sub(g.now))
		_, err = g.Sweep(ctx, g.store, 100)
	case approvals.AwaitingConfirmation:
		_, err = g.Confirm(ctx, a.Key(), approvals.HashToken(g.confirmToken(a)), g.proof(a))
	case approvals.Approved, approvals.ExecutionFailed:
		_, err = g.Claim(ctx, a.Key(), a.Details, nil)
	case approvals.Releasing, approvals.Unresolved:
		_, err = g.Report(ctx, a.Key(), approvals.Result{Outcome: approvals.ResultExecuted}, nil)
	default:
		err = fmt.Errorf("no good way from %s", a.State)
	}
	return err
}

// deliver sends every mail about a that is due.
func (g *gateway) deliver(a approvals.Action) error {
	for _, r := range g.store.mails {
		if r.action == a.ID {
			if err := g.SendMail(context.Background(), &g.post, r.id); err != nil && !errors.Is(err, approvals.ErrNotDue) {
				return err
			}
		}
	}
	return nil
}

// mailOf is the newest mail of this kind about a.
func (g *gateway) mailOf(tb testing.TB, a approvals.Action, k approvals.MailKind) *mailRow {
	tb.Helper()
	for i := len(g.store.mails) - 1; i >= 0; i-- {
		if r := g.store.mails[i]; r.action == a.ID && r.mail.Kind == k {
			return r
		}
	}
	tb.Fatalf("no mail %s", k)
	return nil
}
