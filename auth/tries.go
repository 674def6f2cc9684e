package auth

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// reason is why an answer was refused. Only the audit log learns it.
type reason string

const (
	wrong       reason = "wrong"
	replayed    reason = "replayed"    // a right code whose step is spent
	malformed   reason = "malformed"   // not an answer at all; not evaluated
	noChallenge reason = "challenge"   // unknown, spent, replaced, or made up
	expired     reason = "expired"     //
	elsewhere   reason = "other"       // a challenge of another action, stage, generation or seller
	foreign     reason = "unknown_key" // a credential that is not this seller's, or not usable
	origin      reason = "origin"      //
	framed      reason = "framed"      // crossOrigin or topOrigin
	ceremony    reason = "type"        // not the ceremony asked for
	unverified  reason = "unverified"  // signature, rpId, flags, user handle: go-webauthn's word
	regressed   reason = "counter"     // a device-bound key whose counter went back
	algorithm   reason = "algorithm"   // not on the list, or a weak key
)

// codeForms says what a typed code looks like.
var codeForms = map[approvals.Method]string{
	approvals.TOTP:         "must be the six digits the app shows",
	approvals.RecoveryCode: "must be six groups of four letters and digits",
}

// count counts a try against the seller before its answer is looked at. During
// a block or a pause it refuses without having counted.
func (s *Service) count(ctx context.Context, sub Subject, candidates []Record) (Tries, error) {
	return s.countTry(ctx, sub, Try{Authenticators: ids(candidates)})
}

func (s *Service) countTry(ctx context.Context, sub Subject, try Try) (Tries, error) {
	now := s.now()
	try.Seller, try.Now, try.Paused, try.Until = sub.Seller, now, pauseTimes(now), blockTimes(now)
	try.Blocked = func(until time.Time) audit.Event {
		e := s.event(sub, audit.Actor{Type: audit.System}, "proving_blocked", map[string]string{"until": approvals.FormatTime(until)})
		e.At = now // as the notice's, by which the line is disowned
		return e
	}
	t, err := s.store.CountTry(ctx, try)
	switch {
	case err != nil:
		return Tries{}, fmt.Errorf("count try: %w", err)
	case !t.Counted:
		until := t.BlockedUntil
		if t.PausedUntil.After(until) {
			until = t.PausedUntil
		}
		return t, approvals.Refuse(approvals.CodeProvingBlocked).With("retry_at", approvals.FormatTime(until))
	}
	return t, nil
}

// settle ends a counted try. A false answer of the store's compare-and-set is
// a refusal like any other.
func (s *Service) settle(ctx context.Context, sub Subject, t Tries, c Settlement, why reason) error {
	c.Seller, c.At = sub.Seller, s.now()
	c.Refused = s.event(sub, sellerActor(sub), "proof_refused", map[string]string{"method": string(c.Method), "reason": string(why)})
	if t.Began && c.Accepted.Verb == "" {
		c.Accepted = s.event(sub, sellerActor(sub), "proving_freed", map[string]string{"method": string(c.Method)})
	}
	accepted, err := s.store.Settle(ctx, c)
	switch {
	case err != nil:
		return fmt.Errorf("settle try: %w", err)
	case accepted:
		return nil
	case t.Began:
		return approvals.Refuse(approvals.CodeTooManyTries).With("retry_at", approvals.FormatTime(t.BlockedUntil))
	}
	e := approvals.Refuse(approvals.CodeProofWrong)
	if form := codeForms[c.Method]; why == malformed && form != "" {
		e = approvals.Invalid(approvals.FieldError{Field: "code", Message: form})
	}
	return e.With("tries_left", strconv.Itoa(MaxTries-t.Failures))
}

// disableSpent switches off the authenticators whose failures have reached the
// limit. Usable refuses them already, so nothing is lost if it comes late.
func (s *Service) disableSpent(ctx context.Context, sub Subject, records []Record) error {
	for _, r := range records {
		if r.Failures >= MaxFailures && r.DisabledAt.IsZero() {
			if err := s.disable(ctx, sub, r, "failures"); err != nil {
				return err
			}
		}
	}
	return nil
}

// refused looks after the authenticators a refused try was counted against,
// and returns the refusal.
func (s *Service) refused(ctx context.Context, sub Subject, tried []Record, refusal error) error {
	for _, r := range tried {
		if r.Failures < MaxFailures-MaxTries {
			continue
		}
		records, err := s.records(ctx, sub.Seller)
		if err == nil {
			err = s.disableSpent(ctx, sub, records)
		}
		if err != nil {
			return err
		}
		break
	}
	return refusal
}

func (s *Service) disable(ctx context.Context, sub Subject, r Record, why string) error {
	r.DisabledAt = s.now()
	if err := s.store.Disable(ctx, r.Authenticator, s.disabled(sub, r.Authenticator, why)); err != nil {
		return fmt.Errorf("disable authenticator %s: %w", r.ID, err)
	}
	return nil
}

func (s *Service) disabled(sub Subject, a Authenticator, why string) audit.Event {
	return s.event(sub, audit.Actor{Type: audit.System}, "authenticator_disabled", map[string]string{
		"authenticator": a.ID, "method": string(a.Method), "reason": why,
	})
}

func sellerActor(sub Subject) audit.Actor {
	return audit.Actor{Type: audit.Seller, ID: string(sub.Seller.Seller)}
}

// event returns an audit line about a subject. Nothing of the answer is in it.
func (s *Service) event(sub Subject, by audit.Actor, verb string, data map[string]string) audit.Event {
	if sub.Stage != "" {
		data["stage"] = string(sub.Stage)
	}
	return audit.Event{
		ID:          s.newID(),
		Marketplace: string(sub.Seller.Marketplace),
		Seller:      string(sub.Seller.Seller),
		Action:      string(sub.Action),
		Generation:  sub.Generation,
		Verb:        verb,
		Actor:       by,
		At:          s.now(),
		Data:        data,
	}
}
