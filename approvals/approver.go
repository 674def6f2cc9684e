package approvals

import (
	"slices"
	"strings"
	"time"

	"countersign/approvals/audit"
)

// ApproverID names another person on a seller's account. It is the id of the
// action that added them, and the name of their one passkey.
type ApproverID string

// Approver is another person on a seller's account, a bookkeeper or a co-owner,
// with a mail address and a passkey of their own. They agree or stop where they
// are asked, and do nothing else: nothing they do starts, changes or confirms.
type Approver struct {
	ID          ApproverID
	Name        string
	Email       string    // never a contact of the seller, nor another approver's
	InvitedAt   time.Time // when the action that added them was executed
	InviteUntil time.Time
	JoinedAt    time.Time // zero: no passkey yet
	UsableFrom  time.Time // when their word counts; zero until they have joined
	RemovedAt   time.Time // zero: not removed
}

// Limits of approvers.
const (
	MaxApprovers = 3
	// InviteLife is how long an invitation can be taken up. One that was not is
	// over by itself and leaves its place and its address free.
	InviteLife = 7 * 24 * time.Hour
	// ApproverBar is how long after a removal nobody who joined later counts in
	// the place of the one who was removed: whoever removes one person to put
	// another there gets no easier way.
	ApproverBar = 30 * 24 * time.Hour
)

// ApproverState is where an approver stands.
type ApproverState string

const (
	ApproverInvited ApproverState = "invited"    // the mail is out
	ApproverWaiting ApproverState = "quarantine" // joined, and does not count yet
	ApproverUsable  ApproverState = "usable"
	ApproverRemoved ApproverState = "removed"
	ApproverExpired ApproverState = "expired" // never joined
)

// State says where an approver stands.
func (p Approver) State(now time.Time) ApproverState {
	switch {
	case !p.RemovedAt.IsZero():
		return ApproverRemoved
	case p.JoinedAt.IsZero() && !now.Before(p.InviteUntil):
		return ApproverExpired
	case p.JoinedAt.IsZero():
		return ApproverInvited
	case now.Before(p.UsableFrom):
		return ApproverWaiting
	}
	return ApproverUsable
}

// There reports whether the approver takes up a place: removed and expired ones
// do not.
func (p Approver) There(now time.Time) bool {
	s := p.State(now)
	return s != ApproverRemoved && s != ApproverExpired
}

// Actor is the approver in the audit log.
func (p Approver) Actor() audit.Actor { return audit.Actor{Type: audit.Approver, ID: string(p.ID)} }

// Approver returns one of the seller's.
func (s Seller) Approver(id ApproverID) (Approver, bool) {
	i := slices.IndexFunc(s.Approvers, func(p Approver) bool { return p.ID == id })
	if i < 0 {
		return Approver{}, false
	}
	return s.Approvers[i], true
}

// Agreeing returns the approvers whose word counts now: those whose wait is
// over, and within ApproverBar of a removal none who joined after it.
func (s Seller) Agreeing(now time.Time) []Approver {
	var removed time.Time
	for _, p := range s.Approvers {
		if !p.UsableFrom.IsZero() && !p.RemovedAt.Before(p.UsableFrom) && p.RemovedAt.After(removed) && now.Before(p.RemovedAt.Add(ApproverBar)) {
			removed = p.RemovedAt
		}
	}
	return slices.DeleteFunc(slices.Clone(s.Approvers), func(p Approver) bool {
		return p.State(now) != ApproverUsable || !removed.IsZero() && p.JoinedAt.After(removed)
	})
}

// mayChangeApprovers refuses an approver.add beyond MaxApprovers, or of an
// address that is not a second person's, and an approver.remove of nobody.
func (s Seller) mayChangeApprovers(d Draft, now time.Time) error {
	of := Action{Kind: d.Kind, Details: d.Details}
	ref, ok := ApproverOf(of)
	switch {
	case !ok:
		return nil
	case d.Kind == ApproverRemove:
		known, ok := s.Approver(ref.ID)
		if !ok || !known.There(now) || known.Name != ref.Name || known.Email != ref.Email {
			return Refuse(CodeNotFound)
		}
		return nil
	}
	there := slices.DeleteFunc(slices.Clone(s.Approvers), func(p Approver) bool { return !p.There(now) })
	switch {
	case len(there) >= MaxApprovers:
		return Invalid(FieldError{"details.approver", "is one too many: remove another person first"})
	case slices.ContainsFunc(there, func(p Approver) bool { return sameAddress(p.Email, ref.Email) }):
		return Invalid(FieldError{"details.approver.email", "is the address of a person who approves already"})
	case slices.ContainsFunc(s.Contacts, func(c Contact) bool { return sameAddress(c.Email, ref.Email) }):
		return Invalid(FieldError{"details.approver.email", "is an address of this seller; it must be another person's"})
	}
	return nil
}

// sameAddress compares addresses as a mail server that folds case would: two
// people are not told apart by the size of a letter.
func sameAddress(a, b string) bool { return strings.EqualFold(a, b) }

// approvesBy reports whether email is that of a person who approves.
func (s Seller) approvesBy(email string, now time.Time) bool {
	return slices.ContainsFunc(s.Approvers, func(p Approver) bool { return p.There(now) && sameAddress(p.Email, email) })
}

// withApprovers is the seller after an approver.add or approver.remove was
// executed.
func (s Seller) withApprovers(a Action, now time.Time) Seller {
	ref, ok := ApproverOf(a)
	if !ok {
		return s
	}
	s.Approvers = slices.Clone(s.Approvers)
	if a.Kind == ApproverAdd {
		s.Approvers = append(s.Approvers, Approver{
			ID: ApproverID(a.ID), Name: ref.Name, Email: ref.Email, InvitedAt: now, InviteUntil: now.Add(InviteLife),
		})
		return s
	}
	for i := range s.Approvers {
		if s.Approvers[i].ID == ref.ID && s.Approvers[i].RemovedAt.IsZero() {
			s.Approvers[i].RemovedAt = now
		}
	}
	return s
}
