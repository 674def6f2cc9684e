package approvaldb

import (
	"context"
	"errors"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// UpdateSeller implements approvals.Store.
func (s *Store) UpdateSeller(ctx context.Context, key approvals.SellerKey, step func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) (seller approvals.Seller, err error) {
	err = s.db.InTx(ctx, func(tx *Tx) error {
		seller, err = s.updateSeller(tx, key, step)
		return err
	})
	return seller, err
}

func (s *Store) updateSeller(tx *Tx, key approvals.SellerKey, step func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) (approvals.Seller, error) {
	seller, err := findSeller(tx.DB, tx.Lock(), key)
	if err != nil {
		return seller, fmt.Errorf("load seller: %w", err)
	}
	families, err := s.stoppable(tx, key)
	if err != nil {
		return seller, err
	}
	open := make([]approvals.Action, 0, len(families))
	for _, f := range families {
		open = append(open, f.action)
	}
	c, err := step(seller, open)
	if err != nil {
		return seller, err
	}
	if err := s.saveSellerChange(tx, seller, families, c); err != nil {
		return seller, err
	}
	return storedSeller(c.Seller), nil
}

// stoppable loads and locks the seller's actions that can still be stopped,
// always in the same order.
func (s *Store) stoppable(tx *Tx, key approvals.SellerKey) ([]family, error) {
	var ids []string
	err := tx.Model(&actionRow{}).Where("marketplace = ? AND seller = ? AND "+isOpen, string(key.Marketplace), string(key.Seller)).
		Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list open actions: %w", err)
	}
	var out []family
	for _, id := range ids {
		f, err := s.lockAction(tx, approvals.ActionKey{Marketplace: key.Marketplace, ID: approvals.ActionID(id)})
		if err != nil {
			return nil, fmt.Errorf("load action %s: %w", id, err)
		}
		if f.action.State.Stoppable() {
			out = append(out, f)
		}
	}
	return out, nil
}

func (s *Store) saveSellerChange(tx *Tx, old approvals.Seller, families []family, c approvals.SellerChange) error {
	if c.Changed {
		if err := tx.saveSeller(old, c.Seller); err != nil {
			return fmt.Errorf("save seller: %w", err)
		}
		if c.Event.ID == "" {
			c.Event.ID = s.newID()
		}
		if err := tx.Record(c.Event); err != nil {
			return err
		}
	}
	if err := errors.Join(s.dispute(tx, c), tx.forgetPlaces(c)); err != nil {
		return err
	}
	for _, n := range c.Notices {
		if err := tx.NotifySeller(c.Seller.SellerKey, n); err != nil {
			return err
		}
	}
	if c.Recovery != nil {
		if _, err := tx.StopRecovery(c.Seller.SellerKey, *c.Recovery); err != nil {
			return err
		}
	}
	endpoints, err := s.told(tx, c)
	if err != nil {
		return err
	}
	number, err := s.sellerCase(tx, c, endpoints)
	if err != nil {
		return err
	}
	for _, change := range c.Changes {
		if number != "" && change.Case == nil {
			change.Mails = inCase(change.Mails, number)
		}
		if err := s.saveOneOf(tx, families, change); err != nil {
			return err
		}
	}
	if len(c.Mails) == 0 && len(c.Webhooks) == 0 {
		return nil
	}
	return s.dispatch(tx, outgoing{
		seller: c.Seller.SellerKey, sequence: c.Seller.LockEpoch, at: c.Event.At,
		mails: inCase(c.Mails, number), webhooks: c.Webhooks, endpoints: endpoints,
	})
}

// told returns who hears of what a change brings besides its actions.
func (s *Store) told(tx *Tx, c approvals.SellerChange) ([]listener, error) {
	if c.Case == nil && len(c.Mails) == 0 && len(c.Webhooks) == 0 {
		return nil, nil
	}
	return tx.endpoints(c.Seller.Marketplace)
}

// sellerCase opens the case the change asks for, at the time of what it did.
func (s *Store) sellerCase(tx *Tx, c approvals.SellerChange, endpoints []listener) (string, error) {
	if c.Case == nil {
		return "", nil
	}
	at, by := c.Event.At, c.Event.Actor
	if at.IsZero() && len(c.Changes) > 0 {
		at, by = c.Changes[0].Event.At, c.Changes[0].Event.Actor
	}
	said := !at.IsZero()
	if !said {
		at = c.Seller.LockedAt // nothing new happened: the case belongs to the lock
	}
	if by.Type == "" {
		by = audit.Actor{Type: audit.System}
	}
	opened, err := s.begin(tx, said, caseRow{
		Marketplace: string(c.Seller.Marketplace), Seller: string(c.Seller.SellerKey.Seller), Reason: string(c.Case.Reason),
		Action: optional(string(c.Case.Action)), Fingerprint: c.Case.Fingerprint, OpenedAt: At(at), DecideBy: At(at.Add(desk.AnswerWithin)),
	}, by, endpoints)
	return opened.Name(), err
}

func (s *Store) saveOneOf(tx *Tx, families []family, c approvals.Change) error {
	for _, f := range families {
		if f.action.ID == c.Action.ID {
			_, err := s.save(tx, f, c)
			return err
		}
	}
	return fmt.Errorf("action %s is not one of the seller's open ones", c.Action.ID)
}

// storedSeller returns s with its times as they are stored.
func storedSeller(s approvals.Seller) approvals.Seller {
	s.LockedAt, s.CreatedAt = At(s.LockedAt).Time(), At(s.CreatedAt).Time()
	s.OnboardedAt, s.SecurityAt = At(s.OnboardedAt).Time(), At(s.SecurityAt).Time()
	s.Choices.TravelUntil = At(s.Choices.TravelUntil).Time()
	contacts := make([]approvals.Contact, 0, len(s.Contacts))
	for _, c := range s.Contacts {
		contacts = append(contacts, approvals.Contact{Email: c.Email, Since: At(c.Since).Time(), RetiredAt: At(c.RetiredAt).Time()})
	}
	s.Contacts = contacts
	var approvers []approvals.Approver
	for _, p := range s.Approvers {
		approvers = append(approvers, newApproverRow(s.SellerKey, p).approver())
	}
	s.Approvers = approvers
	return s
}
