package approvals

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// SellerPurpose is the page that the hand-off of a seller leads to.
type SellerPurpose string

const (
	ForEnrol    SellerPurpose = "enrol"    // setting up a first authenticator
	ForSecurity SellerPurpose = "security" // the seller's settings
	ForHistory  SellerPurpose = "history"  // what was asked for and what became of it
)

// SellerPurposes lists every purpose.
var SellerPurposes = []SellerPurpose{ForEnrol, ForSecurity, ForHistory}

// SellerHandoff is a link that sends a seller here without an action. It lives
// for HandoffLife. Opening it begins a session and spends nothing; the first
// form that the session sends spends it, so that a program which fetched the
// link before the seller came can do nothing afterwards. It is never a factor.
type SellerHandoff struct {
	Hash      [32]byte // of its token
	Seller    SellerKey
	Purpose   SellerPurpose
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   time.Time // zero: not yet
}

// Usable says why the link counts no more, nil while it does.
func (h SellerHandoff) Usable(now time.Time) error {
	switch {
	case !h.SpentAt.IsZero():
		return Refuse(CodeLinkSpent)
	case !now.Before(h.ExpiresAt):
		return Refuse(CodeLinkExpired)
	}
	return nil
}

// SellerHandoffs keeps them.
type SellerHandoffs interface {
	// AddSellerHandoff saves a hand-off with its event and the answer to the
	// call that made it, all or nothing. The seller's older ones are spent with
	// it. CodeNotFound for an unknown seller, ErrDuplicateAnswer for an
	// Idempotency-Key used before.
	AddSellerHandoff(ctx context.Context, h SellerHandoff, e audit.Event, a *Answer) error

	// SellerHandoff finds one by its hash, spent and expired ones too.
	// CodeNotFound when there is none.
	SellerHandoff(ctx context.Context, hash [32]byte) (SellerHandoff, error)

	// SpendSellerHandoff spends it. Of any number of calls one succeeds; the
	// others are CodeLinkSpent.
	SpendSellerHandoff(ctx context.Context, hash [32]byte, now time.Time) error
}

// HandSeller makes a link that leads a seller to a page of their own. answer
// makes what is kept under the call's Idempotency-Key.
func (s *Service) HandSeller(ctx context.Context, key SellerKey, p SellerPurpose, by audit.Actor, answer func(h SellerHandoff, token string) (*Answer, error)) error {
	token := rand.Text() + rand.Text() // 260 bits
	now := s.Now()
	h := SellerHandoff{Hash: HashToken(token), Seller: key, Purpose: p, CreatedAt: now, ExpiresAt: now.Add(HandoffLife)}
	kept, err := answer(h, token)
	if err != nil {
		return err
	}
	e := audit.Event{
		ID: s.NewID(), Marketplace: string(key.Marketplace), Seller: string(key.Seller), Verb: "handoff_seller",
		Actor: by, At: now, Data: map[string]string{"purpose": string(p)},
	}
	if err := s.Handoffs.AddSellerHandoff(ctx, h, e, kept); err != nil {
		return fmt.Errorf("hand over seller: %w", err)
	}
	return nil
}

// OpenSeller finds what a seller's hand-off leads to. Opening changes nothing.
// A link that is expired or spent comes back with the refusal that says so.
func (s *Service) OpenSeller(ctx context.Context, token string) (SellerHandoff, error) {
	h, err := s.Handoffs.SellerHandoff(ctx, HashToken(token))
	if errors.Is(err, Refuse(CodeNotFound)) {
		return SellerHandoff{}, Refuse(CodeLinkUnknown)
	}
	if err != nil {
		return SellerHandoff{}, fmt.Errorf("open hand-off: %w", err)
	}
	return h, h.Usable(s.Now())
}

// SpendSeller spends the hand-off that a session began with. CodeLinkSpent when
// another session was first; the end of its ten minutes does not matter, for
// the session has its own.
func (s *Service) SpendSeller(ctx context.Context, hash [32]byte) error {
	if err := s.Handoffs.SpendSellerHandoff(ctx, hash, s.Now()); err != nil {
		return fmt.Errorf("spend hand-off: %w", err)
	}
	return nil
}
