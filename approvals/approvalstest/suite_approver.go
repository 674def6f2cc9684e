package approvalstest

import (
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// Asking is a policy that asks for another person for every change of account.
type Asking struct{ approvals.Policy }

func (p Asking) Decide(f approvals.Facts) approvals.Decision {
	d := p.Policy.Decide(f)
	if f.Kind == approvals.PayoutAccountChange {
		d.Require = []approvals.Requirement{approvals.SecondApprover}
	}
	return d
}

// Invited invites a person to approve for a new seller, and returns the action
// that did.
func (w *World) Invited(t testing.TB) approvals.Action {
	t.Helper()
	key := w.Drive(t, approvals.Cancelled).SellerKey()
	request := w.Request(key)
	request.Kind, request.BySeller = approvals.ApproverAdd, true
	request.Details = []byte(`{"approver":{"name":"Marco Neri","email":"marco@neri.example"}}`)
	a := w.DriveOn(t, w.must(t)(w.Service.Create(ctx, request)), approvals.AwaitingConfirmation)
	return w.must(t)(w.Service.Confirm(ctx, a.Key(), w.ConfirmLink(a), w.Proof(a, approvals.StageConfirmation)))
}

// Approver is a person who was invited to approve for a new seller, joined at
// once, and whose word counts from then on.
func (w *World) Approver(t testing.TB) (approvals.SellerKey, approvals.Approver) {
	t.Helper()
	a := w.Invited(t)
	id, key := approvals.ApproverID(a.ID), a.SellerKey()
	now := w.Clock.Now()
	if err := w.DB.InTx(ctx, func(tx *approvaldb.Tx) error { return tx.JoinApprover(key, id, now, now) }); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Hour)
	seller, err := w.Parts.Reader.Seller(ctx, key)
	p, known := seller.Approver(id)
	if err != nil || !known {
		t.Fatalf("the person is not there: %v", err)
	}
	return key, p
}

// Asked is an action that needs p as well, with its window open.
func (w *World) Asked(t testing.TB) (approvals.Action, approvals.Approver) {
	t.Helper()
	key, p := w.Approver(t)
	was := w.Service.Policy
	w.Service.Policy = Asking{was}
	defer func() { w.Service.Policy = was }()
	a := w.must(t)(w.Service.Create(ctx, w.Request(key)))
	return w.DriveOn(t, a, approvals.AwaitingConfirmation), p
}

// Word is a fresh proof of p about a.
func (w *World) Word(a approvals.Action, p approvals.Approver) approvals.Proof {
	out := w.Proof(a, approvals.StageApproval)
	out.Authenticator = string(p.ID)
	return out
}

// ApproveLink is the newest link that was mailed to p about a.
func (w *World) ApproveLink(a approvals.Action, p approvals.Approver) [32]byte {
	return approvals.HashToken(w.Keys.Links().ApproverToken(approvals.ApproveLink, a.ID, p.ID, a.ConfirmSerial))
}

// approverKept: what an invitation leaves is read as it was written, and so is
// the third proof, by which alone the action is released.
func approverKept(t *testing.T, w *World) {
	a, p := w.Asked(t)
	if p.State(w.Clock.Now()) != approvals.ApproverUsable || p.Email != "marco@neri.example" {
		t.Errorf("joined: %+v", p)
	}
	token := w.Keys.Links().ApproverToken(approvals.JoinLink, approvals.ActionID(p.ID), p.ID, w.Read(t, approvals.Action{ID: approvals.ActionID(p.ID), Marketplace: a.Marketplace}).Version)
	_, link, err := w.Parts.Reader.Link(ctx, approvals.JoinLink, approvals.HashToken(token))
	ok(t, err)
	same(t, "the invitation is to", link.Approver, p.ID)
	a = w.must(t)(w.confirm(t, a))
	same(t, "after one of two", a.State, approvals.AwaitingConfirmation)
	a = w.must(t)(w.Service.Approve(ctx, a.Key(), w.ApproveLink(a, p), w.Word(a, p)))
	same(t, "after both", a.State, approvals.Approved)
	same(t, "as read", w.Read(t, a), a)
	_, err = w.Service.Approve(ctx, a.Key(), w.ApproveLink(a, p), w.Word(a, p))
	refused(t, err, approvals.CodeState)
	a = w.must(t)(w.Service.Claim(ctx, a.Key(), a.Details, nil))
	same(t, "claimed", a.State, approvals.Releasing)
}

// lonely is Asking where nobody can agree.
type lonely struct{ approvals.Policy }

func (p lonely) Decide(f approvals.Facts) approvals.Decision {
	return Asking(p).Decide(f).Alone()
}

// agentsStandIn: where nobody can agree it goes to review; freed by
// two agents the next generation is completed by the seller alone, and the database
// has no other person to ask for.
func agentsStandIn(t *testing.T, w *World) {
	was := w.Service.Policy
	w.Service.Policy = lonely{was}
	a := w.Create(t)
	same(t, "nobody can agree", a.Hold, approvals.HoldReview)
	w.Clock.Advance(time.Hour)
	w.Agreed(t, "resume", a)
	a, err := w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, seller approvals.Seller) (approvals.Change, error) {
		return w.sealed(a.Restart(seller, Agent, w.Clock.Now()))
	})
	ok(t, err)
	a = w.DriveOn(t, a, approvals.AwaitingConfirmation)
	a = w.must(t)(w.confirm(t, a))
	same(t, "confirmed", a.State, approvals.Approved)
	same(t, "as read", w.Read(t, a), a)
	a = w.must(t)(w.Service.Claim(ctx, a.Key(), a.Details, nil))
	same(t, "claimed", a.State, approvals.Releasing)
}

// approverRemoved: by an action of their own they are gone, and their word with
// them.
func approverRemoved(t *testing.T, w *World) {
	key, p := w.Approver(t)
	request := w.Request(key)
	request.Kind, request.BySeller = approvals.ApproverRemove, true
	request.Details = []byte(`{"approver":{"id":"` + string(p.ID) + `","name":"Marco Neri","email":"marco@neri.example"}}`)
	a := w.DriveOn(t, w.must(t)(w.Service.Create(ctx, request)), approvals.AwaitingConfirmation)
	a = w.must(t)(w.confirm(t, a))
	same(t, "without the word of the one who agrees", a.State, approvals.AwaitingConfirmation)
	a = w.must(t)(w.Service.Approve(ctx, a.Key(), w.ApproveLink(a, p), w.Word(a, p)))
	seller, err := w.Parts.Reader.Seller(ctx, key)
	ok(t, err)
	if gone, _ := seller.Approver(p.ID); !gone.RemovedAt.Equal(a.MovedAt) || len(seller.Agreeing(w.Clock.Now())) != 0 {
		t.Errorf("removed: %+v", gone)
	}
	w.Clock.Advance(time.Hour)
	next := w.must(t)(w.Service.Create(ctx, w.Request(key)))
	same(t, "as read with the action", w.Read(t, next).SellerKey(), key)
}

// raceAgree: the seller's proof and the other person's at once are one approval.
func raceAgree(t *testing.T, w *World) {
	a, p := w.Asked(t)
	link, confirmed, word := w.ApproveLink(a, p), w.Proof(a, approvals.StageConfirmation), w.Word(a, p)
	n := winners(t, 2, func(i int) error {
		if i == 0 {
			_, err := w.Service.Confirm(ctx, a.Key(), w.ConfirmLink(a), confirmed)
			return err
		}
		_, err := w.Service.Approve(ctx, a.Key(), link, word)
		return err
	})
	got := w.Read(t, a)
	if n != 2 || got.State != approvals.Approved || got.Version != a.Version+2 {
		t.Errorf("%d proofs, %s, version %d after %d", n, got.State, got.Version, a.Version)
	}
}

// raceStop: a stop of the other person against the proof that would approve: it
// is stopped, whichever was first (rule 5).
func raceStop(t *testing.T, w *World) {
	a, p := w.Asked(t)
	a = w.must(t)(w.confirm(t, a))
	w.Clock.Advance(time.Hour)
	link, word := w.ApproveLink(a, p), w.Word(a, p)
	var stopped atomic.Bool
	winners(t, 2, func(i int) error {
		if i == 0 {
			done, err := w.Service.Stop(ctx, a.Key(), link)
			stopped.Store(err == nil && done.Cancelled)
			return err
		}
		_, err := w.Service.Approve(ctx, a.Key(), link, word)
		return err
	}, approvals.CodeState, approvals.CodeSellerLocked)
	if got := w.Read(t, a); !stopped.Load() || got.State != approvals.Cancelled {
		t.Errorf("stopped %v, %s", stopped.Load(), got.State)
	}
}
