package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// follow starts a contact.change where the marketplace gives another address
// than those known: an address is never silently replaced. One that is open
// already goes on, whatever the newest call says.
func (s *Service) follow(ctx context.Context, r Request, a Action) error {
	if r.BySeller || r.Kind == ContactChange || len(r.Seller.Contacts) == 0 {
		return nil
	}
	given := r.Seller.Contacts[0].Email
	told := func(n Notice) bool { return n.Email == given }
	if given == "" || slices.ContainsFunc(a.Contacts, told) {
		return nil
	}
	seller, err := s.Reader.Seller(ctx, a.SellerKey())
	if err != nil {
		return fmt.Errorf("follow a new address: %w", err)
	}
	known := func(c Contact) bool { return c.Email == given } // also one that was replaced: the marketplace is behind
	if slices.ContainsFunc(seller.Contacts, known) {
		return nil
	}
	current := slices.IndexFunc(a.Contacts, func(n Notice) bool { return n.Role == ContactCurrent })
	if current < 0 {
		return nil
	}
	details, err := json.Marshal(ContactSwap{From: EmailAddress{a.Contacts[current].Email}, To: EmailAddress{given}})
	if err != nil {
		return fmt.Errorf("follow a new address: %w", err)
	}
	r.Kind, r.Details, r.Supersede, r.Answer, r.Metadata = ContactChange, details, false, nil, nil
	if _, err := s.Create(ctx, r); err != nil && !errors.Is(err, Refuse(CodeOpen)) {
		return fmt.Errorf("follow a new address: %w", err)
	}
	return nil
}

// mayReplace refuses a contact.change from an address that is not, or to one
// that already is, one of the seller's.
func (s Seller) mayReplace(d Draft, now time.Time) error {
	swap, ok := ContactsOf(Action{Kind: d.Kind, Details: d.Details})
	if !ok {
		return nil
	}
	has := func(e EmailAddress) bool {
		return slices.ContainsFunc(s.Current(), func(c Contact) bool { return c.Email == e.Email })
	}
	switch {
	case !has(swap.From):
		return Invalid(FieldError{"details.from.email", "is not an address of this seller"})
	case has(swap.To):
		return Invalid(FieldError{"details.to.email", "is an address of this seller already"})
	case s.approvesBy(swap.To.Email, now):
		return Invalid(FieldError{"details.to.email", "is the address of a person who approves for this seller"})
	}
	return nil
}
