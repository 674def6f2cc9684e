package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// Recoveries keeps recoveries by the desk. They begin with a decision of two
// agents, in its transaction, and end with an enrolment, in the transaction of
// that: neither is here.
type Recoveries interface {
	// RecoveryOf returns a seller's newest recovery, or CodeNotFound.
	RecoveryOf(ctx context.Context, key SellerKey) (Recovery, error)
	// RecoveryByLink finds the recovery whose newest link's token has this hash,
	// over or not, or CodeNotFound.
	RecoveryByLink(ctx context.Context, hash [32]byte) (Recovery, error)
	// RecoveryAsked returns since when a case of lost sign-in methods is open, zero
	// where none is.
	RecoveryAsked(ctx context.Context, key SellerKey) (time.Time, error)
	// DueRecoveries returns the ids of those whose deadline is at or before now,
	// earliest first.
	DueRecoveries(ctx context.Context, now time.Time, limit int) ([]string, error)
	// UpdateRecovery moves one, with its seller's row locked first. What step
	// returns is saved with its event and its notice or not at all.
	UpdateRecovery(ctx context.Context, id string, step func(Recovery, Seller) RecoveryChange) (Recovery, error)
}

// AskRecovery opens a case of a seller who has lost what they sign in with, or
// joins the one that is open: a second call, by whoever makes it, begins nothing.
// Every contact is told when it opens. That there is anything to replace is seen
// to when people decide.
func (s *Service) AskRecovery(ctx context.Context, key SellerKey, by audit.Actor) error {
	_, err := s.Store.UpdateSeller(ctx, key, func(seller Seller, _ []Action) (SellerChange, error) {
		return SellerChange{Seller: seller, Case: &Case{Reason: CaseRecovery}, Event: audit.Event{Actor: by, At: s.Now()}}, nil
	})
	if err != nil {
		return fmt.Errorf("ask for a recovery: %w", err)
	}
	return nil
}

// AskCase opens a case that a marketplace asks for, or joins the one that is open.
// note is why, for the agents who read it; it changes nothing of the seller.
func (s *Service) AskCase(ctx context.Context, key SellerKey, note string, by audit.Actor) (Seller, error) {
	seller, err := s.Store.UpdateSeller(ctx, key, func(seller Seller, _ []Action) (SellerChange, error) {
		return SellerChange{Seller: seller, Changed: true, Case: &Case{Reason: CaseAsked}, Event: audit.Event{
			Marketplace: string(key.Marketplace), Seller: string(key.Seller), Verb: "case_asked", Actor: by, At: s.Now(), Data: map[string]string{"note": note},
		}}, nil
	})
	if err != nil {
		return Seller{}, fmt.Errorf("ask for a case: %w", err)
	}
	return seller, nil
}

// RecoveryOf returns the newest recovery of a seller, false where there never was
// one.
func (s *Service) RecoveryOf(ctx context.Context, key SellerKey) (Recovery, bool, error) {
	if s.Recoveries == nil {
		return Recovery{}, false, nil
	}
	r, err := s.Recoveries.RecoveryOf(ctx, key)
	if errors.Is(err, Refuse(CodeNotFound)) {
		return Recovery{}, false, nil
	}
	if err != nil {
		return Recovery{}, false, fmt.Errorf("find a recovery: %w", err)
	}
	return r, true, nil
}

// OpenRecovery finds what a mailed recovery link leads to. Opening changes
// nothing. A recovery that cannot be finished by it comes back together with the
// refusal that says why.
func (s *Service) OpenRecovery(ctx context.Context, token string) (Recovery, error) {
	if s.Recoveries == nil {
		return Recovery{}, Refuse(CodeLinkUnknown)
	}
	r, err := s.Recoveries.RecoveryByLink(ctx, HashToken(token))
	if errors.Is(err, Refuse(CodeNotFound)) {
		return Recovery{}, Refuse(CodeLinkUnknown)
	}
	if err != nil {
		return Recovery{}, fmt.Errorf("open recovery: %w", err)
	}
	seller, err := s.Reader.Seller(ctx, r.Seller)
	if err != nil {
		return Recovery{}, fmt.Errorf("open recovery %s: %w", r.ID, err)
	}
	now := s.Now()
	if err := r.MayFinish(seller, now); err != nil {
		return r, err
	}
	if !now.Before(r.LinkUntil) {
		return r, Refuse(CodeLinkExpired)
	}
	return r, nil
}

// AdvanceRecoveries makes the moves that time asks for and returns how many
// recoveries it has dealt with. One that cannot be moved keeps no other back.
func (s *Service) AdvanceRecoveries(ctx context.Context, limit int) (int, error) {
	if s.Recoveries == nil {
		return 0, nil
	}
	if err := s.sure(); err != nil {
		return 0, err
	}
	due, err := s.Recoveries.DueRecoveries(ctx, s.Now(), limit)
	if err != nil {
		return 0, fmt.Errorf("find recoveries that are due: %w", err)
	}
	var errs []error
	for _, id := range due {
		if _, err := s.Recoveries.UpdateRecovery(ctx, id, func(r Recovery, seller Seller) RecoveryChange { return r.Due(seller, s.Now()) }); err != nil {
			errs = append(errs, fmt.Errorf("advance recovery %s: %w", id, err))
		}
	}
	return len(due), errors.Join(errs...)
}

// Recovered ends what a seller had open when a recovery was done: what its first
// proof was made with is gone, so it could never go forward (STANDARDS MF-05). An
// addition or removal of what is gone ends too, proved or not. One that cannot be
// ended keeps no other from ending; it cannot go forward, and expires.
func (s *Service) Recovered(ctx context.Context, key SellerKey) error {
	open, err := s.Reader.Actions(ctx, Query{Marketplace: key.Marketplace, Seller: key.Seller, Open: true, Limit: 100})
	if err != nil {
		return fmt.Errorf("list what a recovery leaves behind: %w", err)
	}
	var failed []error
	for _, a := range open {
		if _, about := AuthenticatorOf(a); a.State.Stoppable() && (about || a.State != AwaitingStepUp) {
			_, err := s.Cancel(ctx, a.Key(), Superseded, bySystem)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
