package auth

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// enrolmentOpen refuses a seller who has, or ever had, an authenticator. One
// more is added by an action with proofs and a wait; a lost one is replaced by
// recovery. Only what was never confirmed does not count.
func (s *Service) enrolmentOpen(ctx context.Context, seller approvals.SellerKey) error {
	records, err := s.records(ctx, seller)
	if err != nil {
		return err
	}
	if len(records) > 0 {
		return approvals.Refuse(approvals.CodeEnrolmentClosed)
	}
	return nil
}

// vouched reports whether the marketplace's own onboarding of a seller is fresh
// enough to stand in for the wait of a first enrolment (DESIGN rule 11). A time
// in the future vouches for nothing.
func vouched(onboarded, now time.Time) bool {
	return !onboarded.IsZero() && !onboarded.After(now) && now.Sub(onboarded) <= VouchLife
}

// first is how a first authenticator came to be.
type first struct {
	onboarded time.Time
	on        DeviceAnswer // the device's good answer, or the zero value
	at        time.Time
}

// addFirst saves a confirmed authenticator. It may approve money once its
// quarantine is over, or at once if the marketplace vouches for the seller; then
// the device it was made on is known from the start too.
func (s *Service) addFirst(ctx context.Context, r Record, f first) (Authenticator, error) {
	r.CreatedAt, r.UsableFrom = f.at, f.at.Add(s.quarantine)
	why, vouched := "first_enrolment", vouched(f.onboarded, f.at)
	if vouched {
		r.UsableFrom, why = f.at, "vouched"
	}
	sub := Subject{Seller: r.Seller}
	e := s.event(sub, sellerActor(sub), "authenticator_added", map[string]string{
		"authenticator": r.ID, "method": string(r.Method), "usable_from": approvals.FormatTime(r.UsableFrom), "wait": why,
	})
	if err := s.store.AddFirst(ctx, r, e); err != nil {
		return Authenticator{}, fmt.Errorf("add authenticator: %w", err)
	}
	if vouched && f.on.Key != nil {
		if _, _, err := s.seen(ctx, r.Seller, f.on, true); err != nil {
			return Authenticator{}, err
		}
	}
	return r.Authenticator, nil
}

// AnnounceUsable tells sellers and marketplaces of first authenticators whose
// wait is over, and returns how many it has dealt with, limit at most. Nothing
// depends on it: whether one counts is decided by its own time.
func (s *Service) AnnounceUsable(ctx context.Context, limit int) (int, error) {
	n, err := s.store.EndQuarantines(ctx, s.now(), limit, func(a Authenticator) audit.Event {
		return s.event(Subject{Seller: a.Seller}, audit.Actor{Type: audit.System}, "authenticator_usable", map[string]string{
			"authenticator": a.ID, "method": string(a.Method),
		})
	})
	if err != nil {
		return n, fmt.Errorf("announce usable authenticators: %w", err)
	}
	return n, nil
}

// refuseEnrolment records why an enrolment failed and returns the answer. The
// fact "fault" is "late" for an answer that came after its time, which a
// person can mend, and "refused" for everything else.
func (s *Service) refuseEnrolment(ctx context.Context, seller approvals.SellerKey, m approvals.Method, why reason) error {
	sub := Subject{Seller: seller}
	_, err := s.store.Settle(ctx, Settlement{
		Seller: seller, Method: m, At: s.now(),
		Refused: s.event(sub, sellerActor(sub), "enrolment_refused", map[string]string{"method": string(m), "reason": string(why)}),
	})
	if err != nil {
		return fmt.Errorf("record refused enrolment: %w", err)
	}
	fault := "refused"
	if why == expired || why == noChallenge {
		fault = "late"
	}
	return approvals.Refuse(approvals.CodeProofWrong).With("fault", fault)
}
