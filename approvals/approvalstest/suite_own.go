package approvalstest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// contactChange asks for another address of a new seller, up to its
// confirmation, and verifies it.
func (w *World) contactChange(t *testing.T) approvals.Action {
	t.Helper()
	first := w.Drive(t, approvals.Cancelled)
	request := w.Request(first.SellerKey())
	request.Kind = approvals.ContactChange
	request.Details = []byte(`{"from":{"email":"` + first.Contacts[0].Email + `"},"to":{"email":"new@example.net"}}`)
	a := w.must(t)(w.Service.Create(ctx, request))
	a = w.DriveOn(t, a, approvals.AwaitingConfirmation)
	hash := approvals.HashToken(w.Keys.Links().Token(approvals.VerifyLink, a.ID, 1))
	key, link, err := w.Parts.Reader.Link(ctx, approvals.VerifyLink, hash)
	ok(t, err)
	same(t, "the link of the new address", link.Kind, approvals.ContactChange)
	return w.must(t)(w.Service.VerifyContact(ctx, key, hash))
}

func (w *World) confirm(t *testing.T, a approvals.Action) (approvals.Action, error) {
	t.Helper()
	return w.Service.Confirm(ctx, a.Key(), w.ConfirmLink(a), w.Proof(a, approvals.StageConfirmation))
}

// ownConfirmed: the confirmation of a kind of the gateway's own executes it, in
// one transaction: three moves, three events, one claim, and the seller changed.
func ownConfirmed(t *testing.T, w *World) {
	a := w.contactChange(t)
	got, err := w.confirm(t, a)
	ok(t, err)
	if got.State != approvals.Executed || got.Version != a.Version+3 || got.Claims != 1 {
		t.Errorf("%s, version %d after %d, %d claims", got.State, got.Version, a.Version, got.Claims)
	}
	same(t, "as read", w.Read(t, a), got)
	seller, err := w.Parts.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	if !seller.SecurityAt.Equal(got.MovedAt) || len(seller.Contacts) != 3 || !seller.Contacts[0].RetiredAt.Equal(got.MovedAt) || seller.Contacts[2].Email != "new@example.net" {
		t.Errorf("seller %+v", seller)
	}
	w.Clock.Advance(time.Hour)
	next := w.must(t)(w.Service.Create(ctx, w.Request(a.SellerKey())))
	var roles []approvals.ContactRole
	for _, n := range w.Read(t, next).Contacts {
		roles = append(roles, n.Role)
	}
	same(t, "roles of the next snapshot", roles, []approvals.ContactRole{approvals.ContactRetired, approvals.ContactCurrent, approvals.ContactCurrent})
}

// ownUnverified: the database itself keeps an action from being approved before
// its new address has answered.
func ownUnverified(t *testing.T, w *World) {
	a := w.contactChange(t)
	_, err := w.Parts.Store.Update(ctx, a.Key(), func(now approvals.Action, s approvals.Seller) (approvals.Change, error) {
		c, err := now.Confirm(w.Proof(now, approvals.StageConfirmation), w.link(t, now), s, w.Clock.Now())
		c.Action.Contacts = slices.Clone(c.Action.Contacts)
		c.Action.Contacts[len(c.Action.Contacts)-1].VerifiedAt = time.Time{}
		return c, err
	})
	if !errors.Is(err, approvals.ErrBroken) {
		t.Errorf("approved without the new address: %v", err)
	}
}

// link is a's newest confirmation link as stored.
func (w *World) link(t *testing.T, a approvals.Action) approvals.Link {
	t.Helper()
	_, l, err := w.Parts.Reader.Link(ctx, approvals.ConfirmLink, w.ConfirmLink(a))
	ok(t, err)
	return l
}

// ownAllOrNothing: a confirmation that cannot be put in place leaves nothing.
func ownAllOrNothing(t *testing.T, w *World) {
	a := w.contactChange(t)
	before := w.footprint(t)
	stop := errors.New("stop")
	steps := []func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error){
		func(a approvals.Action, s approvals.Seller, _ approvals.Gate) (approvals.Change, error) {
			return a.Confirm(w.Proof(a, approvals.StageConfirmation), w.link(t, a), s, w.Clock.Now())
		},
		func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error) {
			return approvals.Change{}, stop
		},
	}
	if _, err := w.Parts.Store.Release(ctx, a.Key(), steps...); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	same(t, "what is stored", w.footprint(t), before)
	same(t, "the action", w.Read(t, a).State, approvals.AwaitingConfirmation)
}

// RunEffect checks that what takes part in a change is saved with it or keeps it
// from being saved. open makes a database.
func RunEffect(t *testing.T, open func(testing.TB) *approvaldb.DB) {
	stop := errors.New("stop")
	var refuse approvals.State
	var seen []approvals.State
	w := Service(t, open(t), NewClock(), func(c *approvaldb.Config) {
		c.Effect = func(_ *approvaldb.Tx, _, after approvals.Action) error {
			seen = append(seen, after.State)
			if after.State == refuse {
				return stop
			}
			return nil
		}
	})
	a := w.contactChange(t)
	seen, refuse = nil, approvals.Executed
	if _, err := w.confirm(t, a); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	same(t, "states it took part in", seen, []approvals.State{approvals.Approved, approvals.Releasing, approvals.Executed})
	same(t, "the action", w.Read(t, a).State, approvals.AwaitingConfirmation)
}
