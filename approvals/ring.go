package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// Ring is how far the sharing of a destination has gone (DESIGN §7).
type Ring int

const (
	NoRing     Ring = 0
	RingReview Ring = 1 // a second unrelated seller: what waits on it goes to review
	RingFrozen Ring = 2 // a third, or one strong signal: what waits on it is frozen
)

// hold is what an action on a destination with this ring is held for.
func (r Ring) hold() HoldCode {
	if r == RingFrozen {
		return HoldFrozen
	}
	return HoldReview
}

// ring is what a new request makes of its destination. Evidence that costs a rival
// nothing freezes nobody: what ended without a proof is not in Shared30, unproved
// requests count as one seller together while no other seller has proved anything,
// and what is wrong with the new request's own side holds that request alone.
func (s Signals) ring() Ring {
	switch {
	case s.Shared30 == 0:
		return NoRing
	case s.Shared30 > 1, s.SharedStrong, s.Disputed:
		return RingFrozen
	}
	return RingReview
}

// alone is what is seen without looking at other sellers.
func (s Signals) alone() Signals {
	s.Shared30, s.Shared365, s.SharedStrong, s.FailedAttempt, s.Alike = 0, 0, false, false, 0
	s.Disputed, s.Disowned, s.Denied, s.Frozen = false, false, false, false
	return s
}

// AgedFor is for how long a seller has to have been paid into an account for others,
// who name it later, not to freeze it.
const AgedFor = 2 * InstantAge

// settled reports whether money has gone to where a seller is paid for long enough.
func settled(since, now time.Time, aged time.Duration) bool {
	return !since.IsZero() && !now.Before(since.Add(aged))
}

// settled reports whether the account is the seller's own: the present one, and aged.
func (s Signals) settled(now time.Time, aged time.Duration) bool {
	return s.Current && settled(s.DestinationSince, now, aged)
}

// own is what a policy is shown of a seller's own aged account, and whether others
// are to be looked at. Who names it later takes nobody's account away (DESIGN rule 9).
func (s Signals) own() (Signals, bool) {
	look := s.Shared30 > 0 || s.SharedStrong || s.Disputed || s.Frozen
	s.FailedAttempt = s.FailedAttempt || s.Disputed
	s.Shared30, s.SharedStrong, s.Disputed, s.Frozen = 0, false, false, false
	return s, look
}

// stopped makes a decision hold what is asked for where the destination is denied
// or frozen, whatever the policy says. The seller reads nothing of others.
func (d Decision) stopped(s Signals) Decision {
	if !s.Denied && !s.Frozen {
		return d
	}
	return d.checked("DESTINATION-STOPPED", Critical, Freeze)
}

// checked is a decision that two people look at what is asked for.
func (d Decision) checked(rule string, c Class, o Outcome) Decision {
	return Stricter(d, Decision{Version: d.Version, Class: c, Outcome: o, Wait: d.Wait, Inputs: d.Inputs, Rules: []Rule{{
		ID: rule, Text: map[string]string{
			"en": "This account needs a check by two people.",
			"it": "Questo conto richiede la verifica di due persone.",
		},
	}}})
}

// RingKey names a destination in a scope: a marketplace, or empty for the whole
// gateway.
type RingKey struct {
	Scope       MarketplaceID
	Fingerprint string
}

// Spreading is a ring, or a denial, that others have to be told of.
type Spreading struct {
	RingKey
	Ring Ring
	// Denied says that it is a denial: it concerns what waits, whoever declared what.
	Denied bool
	At     time.Time // when it became so
	Turn   int       // rises whenever there is something more to tell; see Rings.Spread
	// PaidSince is of the seller who is reached: Gate.PaidSince.
	PaidSince time.Time
}

// Rings keeps who shares which destination, for those who hold what waits on it.
type Rings interface {
	// Spreading lists what has not reached everybody, the oldest first.
	Spreading(ctx context.Context, limit int) ([]Spreading, error)
	// Waiting lists sellers with something open on the destination, after this one.
	// Declared ones are not in it, unless it is a denial.
	Waiting(ctx context.Context, s Spreading, after SellerKey, limit int) ([]SellerKey, error)
	// Proved lists those who proved something about it in 30 days, after this one,
	// without declared ones.
	Proved(ctx context.Context, s Spreading, after SellerKey, limit int) ([]SellerKey, error)
	// Reach is Store.UpdateSeller, once for each seller and ring: what a ring has
	// done to a seller it does not do again. ring.detected is announced to a
	// marketplace the first time.
	Reach(ctx context.Context, s Spreading, seller SellerKey, step func(Spreading, Seller, []Action) (SellerChange, error)) error
	// Spread says that everybody was reached, unless the ring changed since.
	Spread(ctx context.Context, s Spreading) error
}

// spreadPage is how many sellers are read at a time.
const spreadPage = 100

// SpreadRings holds what waits on destinations that turned out to be shared, or were
// denied, of at most this many, and returns how many it did. A seller who cannot be
// reached keeps nobody else from being; that ring is spread again.
func (s *Service) SpreadRings(ctx context.Context, limit int) (int, error) {
	if s.Rings == nil {
		return 0, nil
	}
	all, err := s.Rings.Spreading(ctx, limit)
	if err != nil {
		return 0, fmt.Errorf("spread rings: %w", err)
	}
	done := 0
	var first error
	for _, ring := range all {
		if err := s.spread(ctx, ring); err != nil {
			first = errors.Join(first, err)
			continue
		}
		done++
	}
	return done, first
}

func (s *Service) spread(ctx context.Context, ring Spreading) error {
	lists := []lister{s.Rings.Waiting}
	if !ring.Denied {
		lists = append(lists, s.Rings.Proved) // a case, though nothing of theirs waits
	}
	var failed error
	for _, list := range lists {
		if err := s.reach(ctx, ring, list); err != nil && failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return fmt.Errorf("spread a ring: %w", failed)
	}
	return s.Rings.Spread(ctx, ring)
}

// lister is a list of sellers, by pages.
type lister = func(ctx context.Context, s Spreading, after SellerKey, limit int) ([]SellerKey, error)

// reach tells every seller of a list. One who cannot be told keeps nobody else from
// being.
func (s *Service) reach(ctx context.Context, ring Spreading, list lister) error {
	var failed error
	var last SellerKey
	for {
		page, err := list(ctx, ring, last, spreadPage)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, key := range page {
			err := s.Rings.Reach(ctx, ring, key, func(ring Spreading, seller Seller, open []Action) (SellerChange, error) {
				return seller.shares(ring, open, s)
			})
			if err != nil && failed == nil {
				failed = err
			}
			last = key
		}
		if len(page) < spreadPage {
			return failed
		}
	}
}

// shares holds what a seller has waiting on a destination, and opens a case.
func (s Seller) shares(ring Spreading, open []Action, service *Service) (SellerChange, error) {
	now := service.Now()
	out := SellerChange{Seller: s}
	if !ring.Denied && settled(ring.PaidSince, now, service.aged()) {
		ring.Ring = min(ring.Ring, RingReview)
	}
	for _, a := range open {
		if a.Fingerprint != ring.Fingerprint || !a.State.Stoppable() {
			continue
		}
		c, err := a.HoldFor(ring.Ring.hold(), bySystem, now)
		if err != nil {
			return SellerChange{}, err
		}
		if c.Changed(a) {
			service.seal(&c)
			out.Changes = append(out.Changes, c)
		}
	}
	if ring.Denied && len(out.Changes) == 0 {
		return out, nil
	}
	verb, level := "ring", "review"
	if ring.Ring == RingFrozen {
		level = "frozen"
	}
	if ring.Denied {
		verb = "destination_denied"
	} else {
		out.Webhooks = []string{"ring.detected"}
	}
	out.Changed, out.Case = true, &Case{Reason: CaseRing, Fingerprint: ring.Fingerprint}
	out.Event = audit.Event{
		Marketplace: string(s.Marketplace), Seller: string(s.SellerKey.Seller), Verb: verb, Actor: bySystem, At: now,
		Data: map[string]string{"fingerprint": ring.Fingerprint, "hold": level},
	}
	return out, nil
}
