package approvals

import (
	"context"
	"errors"
	"fmt"
)

// Approve spends the proof of another person on the seller's account. link is
// the hash of the token that was mailed to that person. Every version in force since
// creation is asked, as Confirm asks.
func (s *Service) Approve(ctx context.Context, key ActionKey, link [32]byte, p Proof) (Action, error) {
	if err := s.sure(); err != nil {
		return Action{}, err
	}
	opened, err := s.approverLink(ctx, key, link)
	if err != nil {
		return Action{}, fmt.Errorf("approve action %s: %w", key.ID, err)
	}
	return s.prove(ctx, key, opened.Kind.Own(), "approve", func(a Action, seller Seller) (Change, error) {
		return a.Approve(p, opened, seller, s.Now())
	})
}

// Stop is "this should not happen" of another person on the seller's account. It
// needs no proof, and does what the seller's own "I did not ask for this" does
// (NotMe). A link that counts no more for agreeing still stops.
func (s *Service) Stop(ctx context.Context, key ActionKey, link [32]byte) (Repudiation, error) {
	opened, err := s.approverLink(ctx, key, link)
	if err != nil {
		return Repudiation{}, fmt.Errorf("stop action %s: %w", key.ID, err)
	}
	by := Approver{ID: opened.Approver}.Actor()
	return s.notMe(ctx, key, &by)
}

func (s *Service) approverLink(ctx context.Context, key ActionKey, hash [32]byte) (Link, error) {
	at, opened, err := s.Reader.Link(ctx, ApproveLink, hash)
	if errors.Is(err, Refuse(CodeNotFound)) || err == nil && at != key {
		err = Refuse(CodeLinkUnknown)
	}
	return opened, err
}
