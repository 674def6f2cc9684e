package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// StepUp spends the first proof of an action.
func (s *Service) StepUp(ctx context.Context, key ActionKey, p Proof) (Action, error) {
	if err := errors.Join(s.sure(), s.ruled()); err != nil {
		return Action{}, err
	}
	look := func(a Action) Look { return s.lookProved(a, p) }
	return s.judge(ctx, key, "step_up", look, func(a Action, seller Seller, seen Signals) (Change, error) {
		now := s.Now()
		facts := Facts{
			Kind: a.Kind, Seller: seller, Fingerprint: a.Fingerprint, Details: a.Details, Context: a.Context, Signals: seen, Now: now, CounterBack: p.CounterBack,
			Proof: &Proving{Method: p.Method, Since: p.Since, DeviceSince: p.DeviceSince, CounterBack: p.CounterBack},
		}
		a.Decision = s.stricter(a, s.decideOn(a, facts), p.Method, seller)
		if code, stops := a.Decision.stops(); stops && a.State == AwaitingStepUp {
			c, err := a.HoldFor(code, bySystem, now)
			c.Case = &Case{Reason: CaseReview}
			return c, err
		}
		c, err := a.StepUp(p, seller, now)
		c.Strong, c.Places = s.strong(a, facts), s.places(a.SellerKey(), a.Context)
		return c, err
	})
}

// strong reports whether something is wrong with a request by itself, whoever
// shares its destination.
func (s *Service) strong(a Action, f Facts) bool {
	f.Signals = f.Signals.alone()
	class := s.decideOn(a, f).Class
	return class != Low && class != Medium
}

// Confirm spends the second proof. link is the hash of the mailed link's token.
// Where another policy is in force than the one that decided, it is asked over what
// was recorded: it may refuse the proof, or hold the action, which is saved before
// wrong_state is answered.
func (s *Service) Confirm(ctx context.Context, key ActionKey, link [32]byte, p Proof) (Action, error) {
	if err := s.sure(); err != nil {
		return Action{}, err
	}
	_, opened, err := s.Reader.Link(ctx, ConfirmLink, link)
	if errors.Is(err, Refuse(CodeNotFound)) {
		err = Refuse(CodeLinkUnknown)
	}
	if err != nil {
		return Action{}, fmt.Errorf("confirm action %s: %w", key.ID, err)
	}
	return s.prove(ctx, key, opened.Kind.Own(), "confirm", func(a Action, seller Seller) (Change, error) {
		c, err := a.Confirm(p, opened, seller, s.Now())
		c.Places = s.places(a.SellerKey(), a.Context)
		return c, err
	})
}

// finishOwn spends a proof of an action of the gateway's own kinds and, where it
// was the last one, puts the action in place in the same transaction: there is
// nobody to release it to, and nothing in between that could be lost.
func (s *Service) finishOwn(ctx context.Context, key ActionKey, verb string, prove func(Action, Seller) (Change, error)) (Action, error) {
	var seen Action
	a, err := s.Store.Release(ctx, key,
		func(a Action, seller Seller, _ Gate) (Change, error) {
			seen = a
			return prove(a, seller)
		},
		func(a Action, seller Seller, g Gate) (Change, error) {
			if a.State != Approved {
				return Unchanged(a), nil // it waits for another person's word, or the seller's
			}
			return a.ClaimFor(a.Details, seller, g, s.Now())
		},
		func(a Action, seller Seller, _ Gate) (Change, error) {
			if a.State != Releasing {
				return Unchanged(a), nil
			}
			c, err := a.Execute(seller, s.Now())
			s.seal(&c)
			return c, err
		})
	if err != nil {
		s.broken(ctx, verb, key, err)
		s.refused(ctx, seen, verb, err)
		return Action{}, fmt.Errorf("%s action %s: %w", verb, key.ID, err)
	}
	if a.State == Executed {
		s.overtake(ctx, a)
	}
	return a, nil
}

// overtake ends what the seller had open when a contact or an authenticator
// changed: its first proof is older than the change, so it could never go
// forward. That it could not be ended now is no harm: it expires.
func (s *Service) overtake(ctx context.Context, by Action) {
	open, err := s.Reader.Actions(ctx, Query{Marketplace: by.Marketplace, Seller: by.Seller, Limit: 100})
	for _, a := range open {
		if err == nil && a.ID != by.ID && a.State.Stoppable() && a.State != AwaitingStepUp {
			_, _ = s.Cancel(ctx, a.Key(), Superseded, bySystem)
		}
	}
}

// VerifyContact records that the new address of a contact.change is its
// reader's. hash is that of the mailed link's token.
func (s *Service) VerifyContact(ctx context.Context, key ActionKey, hash [32]byte) (Action, error) {
	return s.update(ctx, key, "verify_contact", func(a Action, _ Seller) (Change, error) { return a.VerifyContact(hash, s.Now()) })
}

// TooManyTries ends an action after five consecutive bad tries.
func (s *Service) TooManyTries(ctx context.Context, key ActionKey) (Action, error) {
	return s.update(ctx, key, "fail", func(a Action, _ Seller) (Change, error) { return a.Fail(s.Now()) })
}

// Cancel ends an action. by says who asks; nobody needs a proof to stop.
func (s *Service) Cancel(ctx context.Context, key ActionKey, reason CancelReason, by audit.Actor) (Action, error) {
	return s.CancelAnswered(ctx, key, reason, by, nil)
}

// CancelAnswered is Cancel with the answer of an API call kept beside it.
func (s *Service) CancelAnswered(ctx context.Context, key ActionKey, reason CancelReason, by audit.Actor, answer func(Action) (*Answer, error)) (Action, error) {
	return s.judge(ctx, key, "cancel", s.lookAgain, func(a Action, _ Seller, seen Signals) (Change, error) {
		c, err := a.CancelFor(reason, by, s.Now())
		if err == nil && c.Changed(a) && reason != Superseded && a.Kind.SetsAccount() && seen.Cancels30 >= manyCancels-1 {
			c.Case = &Case{Reason: CaseCancels}
		}
		return c.answered(answer, err)
	})
}

// manyCancels is how many cancelled changes in 30 days somebody has to look at: one
// party asks again and again, or the other keeps stopping it (THREATS C13).
const manyCancels = 5

// answered adds the answer to be stored under an Idempotency-Key.
func (c Change) answered(answer func(Action) (*Answer, error), err error) (Change, error) {
	if err != nil || answer == nil {
		return c, err
	}
	c.Answer, err = answer(c.Action)
	return c, err
}

// Handoff makes a fresh link to send the seller to.
func (s *Service) Handoff(ctx context.Context, key ActionKey, by audit.Actor, answer func(Action) (*Answer, error)) (Action, error) {
	return s.update(ctx, key, "handoff", func(a Action, _ Seller) (Change, error) {
		c, err := a.Handoff(by, s.Now())
		return c.answered(answer, err)
	})
}

// Resend mails the seller a new confirmation link.
func (s *Service) Resend(ctx context.Context, key ActionKey) (Action, error) {
	return s.update(ctx, key, "resend_link", func(a Action, seller Seller) (Change, error) {
		return a.Resend(seller, a.SellerActor(), s.Now())
	})
}

// Repudiation is what "I did not ask for this" did.
type Repudiation struct {
	Action    Action
	Cancelled bool // false when the release came first
	Locked    bool // false when the answer came faster than a person can read
}

// NotMe answers "I did not ask for this": the action is cancelled if it still
// can be, the seller locked, a case opened. An answer within HumanDelay of the
// last mail's acceptance is taken for a machine's: it cancels, which is safe,
// and opens a marked case, but locks nobody (UX S7), however often the machine
// answers. After the release it always locks: there is nothing left to cancel.
func (s *Service) NotMe(ctx context.Context, key ActionKey) (Repudiation, error) {
	return s.notMe(ctx, key, nil)
}

// notMe is NotMe said by somebody; nil is the seller.
func (s *Service) notMe(ctx context.Context, key ActionKey, by *audit.Actor) (Repudiation, error) {
	mailed, err := s.Outbox.MailedAt(ctx, key)
	if err != nil {
		return Repudiation{}, fmt.Errorf("repudiate action %s: %w", key.ID, err)
	}
	a, err := s.Reader.Action(ctx, key)
	if err != nil {
		return Repudiation{}, fmt.Errorf("repudiate action %s: %w", key.ID, err)
	}
	if !mailed.IsZero() && s.Now().Before(mailed.Add(s.HumanDelay)) {
		done, err := s.notMeFast(ctx, a, by)
		if !errors.Is(err, Refuse(CodeTooLateToCancel)) {
			return done, err
		}
	}
	if _, err = s.Store.UpdateSeller(ctx, a.SellerKey(), func(seller Seller, open []Action) (SellerChange, error) {
		c, err := seller.repudiate(a, open, a.saidBy(by), s.Now())
		if len(a.Proofs) > 0 {
			c.Forget = s.places(a.SellerKey(), a.Context)
		}
		return c, err
	}); err != nil {
		s.broken(ctx, "not_me", key, err)
		return Repudiation{}, fmt.Errorf("repudiate action %s: %w", key.ID, err)
	}
	if a, err = s.Reader.Action(ctx, key); err != nil {
		return Repudiation{}, fmt.Errorf("repudiate action %s: %w", key.ID, err)
	}
	return Repudiation{Action: a, Cancelled: a.State == Cancelled, Locked: true}, nil
}

// saidBy is who answers "I did not ask for this": the seller, unless it is
// another person on the account.
func (a Action) saidBy(by *audit.Actor) audit.Actor {
	if by == nil {
		return a.SellerActor()
	}
	return *by
}

func (s *Service) notMeFast(ctx context.Context, a Action, by *audit.Actor) (Repudiation, error) {
	a, err := s.update(ctx, a.Key(), "not_me", func(a Action, _ Seller) (Change, error) {
		if a.State == Denied || a.State == Expired || a.State == Failed {
			return Unchanged(a), nil
		}
		c, err := a.CancelFor(NotMe, a.saidBy(by), s.Now())
		c.Case = &Case{Reason: CaseNotMeFast}
		return c, err
	})
	return Repudiation{Action: a, Cancelled: err == nil && a.State == Cancelled}, err
}

// Lock stops a seller (DESIGN rule 13). note is why, in the caller's own words,
// and stays in the event; it may be empty. Nothing here lifts a lock.
func (s *Service) Lock(ctx context.Context, key SellerKey, reason LockReason, note string, by audit.Actor) (Seller, error) {
	seller, err := s.Store.UpdateSeller(ctx, key, func(seller Seller, open []Action) (SellerChange, error) {
		c, err := seller.Lock(reason, open, by, s.Now())
		if c.Changed && note != "" {
			c.Event.Data["note"] = note
		}
		return c, err
	})
	if err != nil {
		return Seller{}, fmt.Errorf("lock seller: %w", err)
	}
	return seller, nil
}

// Opened is what a link leads to.
type Opened struct {
	Action Action
	Link   Link
}

// Open finds what a link of this purpose leads to. Opening changes nothing and
// may be done any number of times, by anyone and anything (DESIGN rule 2). A
// link that is expired, spent or replaced comes back together with the
// refusal that says so, so that a page can explain it.
func (s *Service) Open(ctx context.Context, p Purpose, token string) (Opened, error) {
	key, link, err := s.Reader.Link(ctx, p, HashToken(token))
	if err != nil {
		if errors.Is(err, Refuse(CodeNotFound)) {
			return Opened{}, Refuse(CodeLinkUnknown)
		}
		return Opened{}, fmt.Errorf("open link: %w", err)
	}
	a, err := s.Reader.Action(ctx, key)
	if err != nil {
		return Opened{}, fmt.Errorf("open link: %w", err)
	}
	return Opened{a, link}, link.usable(a, s.Now())
}

func (l Link) usable(a Action, now time.Time) error {
	switch {
	case !l.SpentAt.IsZero():
		return a.refuse(CodeLinkSpent)
	case l.Replaced && l.Purpose == ConfirmLink:
		return a.refuse(CodeLinkReplaced)
	case !l.ExpiresAt.IsZero() && !now.Before(l.ExpiresAt):
		return a.refuse(CodeLinkExpired)
	}
	return nil
}
