package approvals

import (
	"context"
	"errors"
	"fmt"

	"countersign/approvals/destination"
)

// Assessment is what would become of a request if it were made now.
type Assessment struct {
	Decision Decision
	// State is the one the action would begin in; empty when Refusal says why
	// there would be none.
	State   State
	Refusal *Error
	// To is the destination the request is about, in data form; nil for a kind
	// that has none.
	To *destination.Destination
}

// lookback is how many of a seller's newest actions of a kind are looked at for
// the one that is open.
const lookback = 5

// Assess says what Create would do with r, by the same code, and does nothing:
// no action, no sighting of the destination, nothing in the log. What is wrong
// with r itself is refused as Create refuses it.
func (s *Service) Assess(ctx context.Context, r Request) (Assessment, error) {
	if err := s.ruled(); err != nil {
		return Assessment{}, err
	}
	d, err := s.draft(r)
	if err != nil {
		return Assessment{}, err
	}
	stored, err := s.Reader.Seller(ctx, r.Seller.SellerKey)
	if err != nil && !errors.Is(err, Refuse(CodeNotFound)) {
		return Assessment{}, fmt.Errorf("assess for seller: %w", err)
	}
	open, err := s.openOf(ctx, r)
	if err != nil {
		return Assessment{}, err
	}
	now := s.Now()
	seen, err := s.seen(ctx, s.look(d, r.Seller))
	if err != nil {
		return Assessment{}, err
	}
	out := Assessment{Decision: s.decide(Facts{
		Kind: d.Kind, Seller: stored.learn(r.Seller, now).preferred(), Fingerprint: d.Fingerprint, Details: d.Details, Context: d.Context, Signals: seen, Now: now,
	})}
	if out.To, err = destinationIn(d.Kind, d.Definition, d.Details); err != nil {
		return Assessment{}, err
	}
	made, err := s.plan(r, d, found{stored, open, seen})
	if refusal, ok := errors.AsType[*Error](err); ok {
		out.Refusal = refusal
		return out, nil
	}
	if err != nil {
		return Assessment{}, fmt.Errorf("assess: %w", err)
	}
	out.State = made.New.Action.State
	return out, nil
}

// seen returns the signals, none where nothing tells them.
func (s *Service) seen(ctx context.Context, look Look) (Signals, error) {
	if s.Signals == nil {
		return Signals{}, nil
	}
	seen, err := s.Signals.Signals(ctx, look)
	if err != nil {
		return Signals{}, fmt.Errorf("read signals: %w", err)
	}
	return seen, nil
}

// openOf returns the seller's open action of this kind, nil when there is none.
func (s *Service) openOf(ctx context.Context, r Request) (*Action, error) {
	newest, err := s.Reader.Actions(ctx, Query{Marketplace: r.Seller.Marketplace, Seller: r.Seller.SellerKey.Seller, Kind: r.Kind, Limit: lookback})
	if err != nil {
		return nil, fmt.Errorf("find an open action: %w", err)
	}
	for _, a := range newest {
		if a.State.Open() {
			return &a, nil
		}
	}
	return nil, nil
}
