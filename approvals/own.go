package approvals

import (
	"slices"
	"time"

	"countersign/approvals/audit"
)

// ContactKept is how long an address that was replaced goes on being told of
// everything and can still stop it (THREATS B3).
const ContactKept = 30 * 24 * time.Hour

// releaser is who claims an action and reports on it: its marketplace, or the
// gateway itself for its own kinds.
func (a Action) releaser() audit.Actor {
	if a.Kind.Own() {
		return bySystem
	}
	return audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)}
}

// Execute puts a claimed action of the gateway's own kinds in place. The change
// says how the seller is afterwards.
func (a Action) Execute(seller Seller, now time.Time) (Change, error) {
	if !a.Kind.Own() {
		return Change{}, a.refuse(CodeState)
	}
	c, err := a.Report(Result{Outcome: ResultExecuted}, now)
	if err != nil || !c.Changed(a) {
		return c, err
	}
	at := c.Action.MovedAt
	seller.SecurityAt = at // later than the one before: what changed after the first proof keeps this from being confirmed
	if swap, ok := ContactsOf(a); ok {
		if seller.approvesBy(swap.To.Email, at) { // they may have come meanwhile
			return Change{}, Invalid(FieldError{"details.to.email", "is the address of a person who approves for this seller"})
		}
		seller.Contacts = swapped(seller.Contacts, swap, at)
	}
	if err := seller.mayChangeApprovers(Draft{Kind: a.Kind, Details: a.Details}, at); err != nil { // others may have come, or gone, meanwhile
		return Change{}, err
	}
	seller = seller.withApprovers(a, at)
	c = c.invites(seller)
	c.Webhooks = append(c.Webhooks, map[Kind]string{
		ContactChange: "contact.changed", AuthenticatorAdd: "authenticator.usable", AuthenticatorRemove: "authenticator.removed",
		ApproverAdd: "approver.added", ApproverRemove: "approver.removed",
	}[a.Kind])
	c.Seller = &seller
	return c, nil
}

// swapped retires one address and adds the other. None is ever forgotten.
func swapped(contacts []Contact, swap ContactSwap, now time.Time) []Contact {
	out := slices.Clone(contacts)
	known := false
	for i := range out {
		switch out[i].Email {
		case swap.From.Email:
			if out[i].RetiredAt.IsZero() {
				out[i].RetiredAt = now
			}
		case swap.To.Email:
			known, out[i].Since, out[i].RetiredAt = true, now, time.Time{}
		}
	}
	if !known {
		out = append(out, Contact{Email: swap.To.Email, Since: now})
	}
	return out
}

// VerifyContact records that whoever reads the new address of a contact.change
// said that it is theirs. It moves nothing, and twice is the same as once.
func (a Action) VerifyContact(hash [32]byte, now time.Time) (Change, error) {
	i := slices.IndexFunc(a.Contacts, func(n Notice) bool { return n.Role == ContactNew && n.VerifyHash == hash })
	switch {
	case i < 0:
		return Change{}, Refuse(CodeLinkUnknown)
	case !a.Contacts[i].VerifiedAt.IsZero():
		return Unchanged(a), nil
	case a.State != Notifying && a.State != CoolingOff && a.State != AwaitingConfirmation:
		return Change{}, a.refuse(CodeState)
	}
	a.Contacts = withNotice(a.Contacts, a.Contacts[i].Email, func(n *Notice) { n.VerifiedAt = a.at(now) })
	return a.record(a.State, step{by: a.SellerActor(), verb: "verify_contact", now: now}), nil
}

// isNew reports whether email is the new address of a contact.change.
func (a Action) isNew(email string) bool {
	return slices.ContainsFunc(a.Contacts, func(n Notice) bool { return n.Email == email && n.Role == ContactNew })
}

// outdated reports whether a contact or an authenticator of the seller changed
// after the first proof: what it was proved with, or told to, may be gone.
func (a Action) outdated(seller Seller) bool {
	first, ok := a.Proof(StageStepUp)
	return ok && seller.SecurityAt.After(first.At)
}

// Unverified reports whether email is a new address that has not answered.
func (a Action) Unverified(email string) bool {
	return slices.ContainsFunc(a.Contacts, func(n Notice) bool {
		return n.Email == email && n.Role == ContactNew && n.VerifiedAt.IsZero()
	})
}

// Verified reports whether no new address waits for its reader's word.
func (a Action) Verified() bool {
	return !slices.ContainsFunc(a.Contacts, func(n Notice) bool { return n.Role == ContactNew && n.VerifiedAt.IsZero() })
}

// Current returns the addresses that count today.
func (s Seller) Current() []Contact {
	return slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool { return !c.RetiredAt.IsZero() })
}

// Told returns the addresses that are told today: the current ones, and those
// that were replaced less than ContactKept ago.
func (s Seller) Told(now time.Time) []Contact {
	return slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool {
		return !c.RetiredAt.IsZero() && !now.Before(c.RetiredAt.Add(ContactKept))
	})
}
