package approvals_test

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
)

// canStop says in which states an action can be stopped, in words of its own.
func canStop(s approvals.State) bool {
	switch s {
	case approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation, approvals.Approved, approvals.Held:
		return true
	default:
		return false
	}
}

func (w *world) stepCancel() {
	a, _ := w.pick()
	_, err := w.Cancel(context.Background(), a.Key(), approvals.ChangedMind, a.SellerActor())
	w.refusedCall(err)
	after := w.reload(a)
	switch {
	case canStop(a.State):
		if err != nil || after.State != approvals.Cancelled {
			w.wrong("Rule5", "cancelling %s: %v, it is %s", a.State, err, after.State)
		}
	case a.State == approvals.Cancelled:
	case err == nil || after.Version != a.Version:
		w.wrong("Rule5", "cancelling %s: %v, it is %s", a.State, err, after.State)
	}
}

func (w *world) stepNotMe() {
	a, _ := w.pick()
	released, locked := !canStop(a.State) && a.Claims > 0, w.store.sellers[a.SellerKey()].Locked
	if released && w.soonAfterMail(a) {
		w.refused++ // it is taken for a machine's at first, which can only cancel
	}
	got, err := w.NotMe(context.Background(), a.Key())
	if err != nil {
		w.t.Fatalf("not me: %v", err)
	}
	after := w.reload(a)
	switch {
	case canStop(a.State) && after.State != approvals.Cancelled:
		w.wrong("Rule5", "repudiating %s leaves it %s", a.State, after.State)
	case !canStop(a.State) && after.Version != a.Version:
		w.wrong("Rule5", "repudiating %s makes it %s", a.State, after.State)
	case released && !w.store.sellers[a.SellerKey()].Locked, got.Locked && !w.store.sellers[a.SellerKey()].Locked:
		w.wrong("Rule13", "repudiating %s: locked %v", a.State, got.Locked)
	}
	w.noteLock(a.SellerKey(), locked)
}

// soonAfterMail reports whether no person can have read the last mail about a.
func (w *world) soonAfterMail(a approvals.Action) bool {
	mailed, _ := w.store.MailedAt(context.Background(), a.Key())
	return !mailed.IsZero() && w.now.Before(mailed.Add(approvals.DefaultHumanDelay))
}

func (w *world) stepLock() {
	a, _ := w.pick()
	locked := w.store.sellers[a.SellerKey()].Locked
	if _, err := w.Lock(context.Background(), a.SellerKey(), approvals.LockMarketplace, "", market); err != nil {
		w.t.Fatalf("lock: %v", err)
	}
	w.noteLock(a.SellerKey(), locked)
	for _, b := range w.store.actions {
		if b.SellerKey() == a.SellerKey() && canStop(b.State) && b.State != approvals.Held {
			w.wrong("Rule13", "the seller is locked, and %s is %s", b.ID, b.State)
		}
	}
}

// noteLock remembers the step that locked a seller who was not.
func (w *world) noteLock(key approvals.SellerKey, before bool) {
	if w.store.sellers[key].Locked && !before {
		w.lastLock[key] = w.step
	}
}

// stepUnlock stands for two agents at the desk: the lock is lifted, and nothing
// else happens.
func (w *world) stepUnlock() {
	a, _ := w.pick()
	w.unlock(a.SellerKey())
}

func (w *world) unlock(key approvals.SellerKey) {
	s := w.store.sellers[key]
	s.Locked = false
	w.store.sellers[key] = s
}

func (w *world) stepHold() {
	a, _ := w.pick()
	reason := rapid.SampledFrom([]approvals.HoldCode{approvals.HoldAgent, approvals.HoldReview}).Draw(w.t, "reason")
	_, _ = w.store.Update(context.Background(), a.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.HoldFor(reason, agent, w.now)
	})
}

// stepRestart stands for two agents who free an action.
func (w *world) stepRestart() {
	a, _ := w.pick()
	w.restart(a)
}

func (w *world) restart(a approvals.Action) {
	_, err := w.store.Update(context.Background(), a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return a.Restart(s, agent, w.now)
	})
	if err == nil && w.store.sellers[a.SellerKey()].Locked {
		w.wrong("Rule13", "an action of a locked seller is freed")
	}
}

func (w *world) stepFail() {
	a, _ := w.pick()
	_, err := w.TooManyTries(context.Background(), a.Key())
	w.refusedCall(err)
}

func (w *world) stepResend() {
	a := w.confirmable()
	_, err := w.Resend(context.Background(), a.Key())
	w.refusedCall(err)
}

func (w *world) stepHandoff() {
	a, _ := w.pick()
	_, err := w.Handoff(context.Background(), a.Key(), market, nil)
	w.refusedCall(err)
}

// stepRobot holds the mailbox: it opens every link of every mail, and then
// tries to confirm with what it has, which is no proof.
func (w *world) stepRobot() {
	ctx := context.Background()
	saved, refusals := len(w.store.saved), len(w.store.refusals)
	for _, m := range w.post.sent {
		if m.Action == nil {
			continue
		}
		_, _ = w.Open(ctx, approvals.StopLink, m.StopToken)
		_, _ = w.Open(ctx, approvals.ConfirmLink, m.ConfirmToken)
	}
	if len(w.store.saved) != saved || len(w.store.refusals) != refusals {
		w.wrong("Rule2", "opening links changed something")
	}
	a, _ := w.pick()
	for _, p := range []approvals.Proof{{}, {Action: a.ID, Digest: a.Digest, Generation: a.Generation, Stage: approvals.StageConfirmation, At: w.now}} {
		_, err := w.Confirm(ctx, a.Key(), approvals.HashToken(w.confirmToken(a)), p)
		if err == nil {
			w.wrong("Rule2", "the mailbox alone confirms")
		}
		if a.ConfirmSerial > 0 {
			w.refusedCall(err)
		}
	}
}

func (w *world) stepHalt() {
	w.store.gate.Halted = !w.store.gate.Halted && w.chance(2, "halt")
}

// stepSpoil writes over the details of an action, past every guard.
func (w *world) stepSpoil() {
	a, _ := w.pick()
	if !w.chance(3, "spoil") {
		return
	}
	a.Details = []byte(`{"to":{"holder":"Thief","iban":"FR1420041010050500013M02606"}}`)
	w.store.actions[a.ID] = a
	w.spoiled[a.ID] = true
	w.now = w.now.Add(time.Second)
}
