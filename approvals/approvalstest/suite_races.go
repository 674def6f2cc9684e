package approvalstest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/approvals"
)

// Rounds of the races between two (RELIABILITY §13).
const (
	cancelRounds = 1000
	lockRounds   = 300
	atOnce       = 8 // rounds that run side by side
)

// together calls f n times at the same moment and waits for all of them.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// patiently calls f again for as long as the database is too busy, as a client
// does after a 503.
func patiently(f func() error) error {
	for {
		if err := f(); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			return err
		}
	}
}

// winners calls f n times at the same moment, counts those without an error and
// checks that the others were refused with one of the codes.
func winners(t *testing.T, n int, f func(i int) error, codes ...approvals.Code) int {
	t.Helper()
	var won atomic.Int64
	together(n, func(i int) {
		err := patiently(func() error { return f(i) })
		if err == nil {
			won.Add(1)
			return
		}
		for _, code := range codes {
			if errors.Is(err, approvals.Refuse(code)) {
				return
			}
		}
		t.Errorf("lost with %v, want one of %v", err, codes)
	})
	return int(won.Load())
}

func raceClaims(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Approved)
	n := winners(t, 100, func(int) error {
		_, err := w.Service.Claim(ctx, a.Key(), a.Details, nil)
		return err
	}, approvals.CodeAlreadyClaimed)
	if a = w.Read(t, a); n != 1 || a.Claims != 1 || w.count(t, "claims") != 1 {
		t.Errorf("%d claims won, %d are stored, want 1", n, w.count(t, "claims"))
	}
}

func raceProof(t *testing.T, w *World) {
	a := w.Create(t)
	p := w.Proof(a, approvals.StageStepUp)
	n := winners(t, 50, func(int) error {
		_, err := w.Service.StepUp(ctx, a.Key(), p)
		return err
	}, approvals.CodeState, approvals.CodeProofSpent)
	if n != 1 || w.count(t, "proofs") != 1 {
		t.Errorf("%d posts of one proof won, %d are stored, want 1", n, w.count(t, "proofs"))
	}
	// One proof, offered to many actions: the unique key decides.
	var actions []approvals.Action
	for range 10 {
		actions = append(actions, w.Create(t))
	}
	spent := w.Proof(actions[0], approvals.StageStepUp).Spent
	n = winners(t, len(actions), func(i int) error {
		q := w.Proof(actions[i], approvals.StageStepUp)
		q.Spent = spent
		_, err := w.Service.StepUp(ctx, actions[i].Key(), q)
		return err
	}, approvals.CodeProofSpent)
	if n != 1 {
		t.Errorf("one proof carried %d actions, want 1", n)
	}
}

func raceCreate(t *testing.T, w *World) {
	key := w.SellerKey(99)
	n := winners(t, 50, func(int) error {
		_, err := w.Service.Create(ctx, w.Request(key))
		return err
	}, approvals.CodeOpen)
	if n != 1 || w.count(t, "actions") != 1 || w.count(t, "sellers") != 1 {
		t.Errorf("%d creations won, %d actions are stored, want 1", n, w.count(t, "actions"))
	}
}

// approve takes a new action of a seller with one contact to approved, without
// sending mails.
func (w *World) approve(t *testing.T) approvals.Action {
	request := w.Request(w.SellerKey(w.sellers.Add(1)))
	request.Seller.Contacts = request.Seller.Contacts[:1]
	a := w.must(t)(w.Service.Create(ctx, request))
	a = w.must(t)(w.Service.StepUp(ctx, a.Key(), w.Proof(a, approvals.StageStepUp)))
	for _, n := range a.Contacts {
		a = w.must(t)(w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
			return a.NoticeAccepted(n.Email, approvals.MailDone{ID: NewID(), At: a.MovedAt}, s)
		}))
	}
	later := a.NotBefore
	a = w.must(t)(w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return w.sealed(a.Due(s, later))
	}))
	p := w.Proof(a, approvals.StageConfirmation)
	p.At = later
	link := approvals.Link{Action: a.ID, Purpose: approvals.ConfirmLink, Serial: a.ConfirmSerial, ExpiresAt: a.ConfirmBy}
	return w.must(t)(w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return a.Confirm(p, link, s, later)
	}))
}

// rounds runs f n times, a few side by side.
func rounds(n int, f func()) {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				f()
			}
		})
	}
	wg.Wait()
}

func (w *World) claim(a approvals.Action) error {
	return patiently(func() error {
		_, err := w.Service.Claim(ctx, a.Key(), a.Details, nil)
		return err
	})
}

func raceCancelClaim(t *testing.T, w *World) {
	var cancelled, claimed atomic.Int64
	rounds(cancelRounds, func() {
		a := w.approve(t)
		var stopped, released error
		together(2, func(i int) {
			if i == 0 {
				stopped = patiently(func() error {
					_, err := w.Service.Cancel(ctx, a.Key(), approvals.ChangedMind, a.SellerActor())
					return err
				})
			} else {
				released = w.claim(a)
			}
		})
		a = w.Read(t, a)
		switch {
		case stopped == nil && released != nil && a.State == approvals.Cancelled && a.Claims == 0:
			cancelled.Add(1)
		case released == nil && stopped != nil && a.State == approvals.Releasing && a.Claims == 1:
			claimed.Add(1)
		default:
			t.Errorf("cancel: %v, claim: %v, and the action is %s", stopped, released, a.State)
		}
	})
	t.Logf("%d cancelled, %d claimed", cancelled.Load(), claimed.Load())
	if cancelled.Load()+claimed.Load() != cancelRounds {
		t.Errorf("%d of %d rounds had one outcome", cancelled.Load()+claimed.Load(), cancelRounds)
	}
}

func raceLockClaim(t *testing.T, w *World) {
	rounds(lockRounds, func() {
		a := w.approve(t)
		var locked, released error
		together(2, func(i int) {
			if i == 0 {
				locked = patiently(func() error {
					_, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", Agent)
					return err
				})
			} else {
				released = w.claim(a)
			}
		})
		a = w.Read(t, a)
		held := a.State == approvals.Held && errors.Is(released, approvals.Refuse(approvals.CodeSellerLocked))
		first := a.State == approvals.Releasing && released == nil // the claim committed before the lock
		if locked != nil || held == first {
			t.Errorf("lock: %v, claim: %v, and the action is %s", locked, released, a.State)
		}
	})
}

func raceCases(t *testing.T, w *World) {
	a := w.Create(t)
	_, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", Agent)
	ok(t, err)
	together(20, func(int) {
		_, err := w.Parts.Store.UpdateSeller(ctx, a.SellerKey(), func(s approvals.Seller, _ []approvals.Action) (approvals.SellerChange, error) {
			return approvals.SellerChange{Seller: s, Case: &approvals.Case{Reason: approvals.CaseReview}}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	if n := w.count(t, "cases"); n != 2 {
		t.Errorf("%d cases, want one for the lock and one for the review", n)
	}
}
