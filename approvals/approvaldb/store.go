package approvaldb

import (
	"context"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Store implements approvals.Store.
//
// Locks are taken in one order: seller, action, what belongs to it
// (RELIABILITY §6.1). Each exported method is one transaction around a method
// that takes it, so that several moves can share a commit.
type Store struct{ core }

// Update implements approvals.Store.
func (s *Store) Update(ctx context.Context, key approvals.ActionKey, step func(approvals.Action, approvals.Seller) (approvals.Change, error)) (a approvals.Action, err error) {
	err = s.db.InTx(ctx, func(tx *Tx) error {
		a, err = s.update(tx, key, step)
		return err
	})
	return a, err
}

func (s *Store) update(tx *Tx, key approvals.ActionKey, step func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	f, err := s.lockAction(tx, key)
	if err != nil {
		return approvals.Action{}, err
	}
	c, err := step(f.action, f.seller)
	if err != nil {
		return approvals.Action{}, err
	}
	return s.save(tx, f, c)
}

// Judge implements approvals.Store.
func (s *Store) Judge(ctx context.Context, key approvals.ActionKey, look func(approvals.Action) approvals.Look, step func(approvals.Action, approvals.Seller, approvals.Signals) (approvals.Change, error)) (a approvals.Action, err error) {
	err = s.db.InTx(ctx, func(tx *Tx) error {
		a, err = s.update(tx, key, func(a approvals.Action, seller approvals.Seller) (approvals.Change, error) {
			at := look(a)
			seen, err := s.signals(tx.DB, at)
			if err != nil {
				return approvals.Change{}, err
			}
			if err := tx.addTraits(at, seen); err != nil {
				return approvals.Change{}, err
			}
			return step(a, seller, seen)
		})
		return err
	})
	return a, err
}

// Release implements approvals.Store. The seller's row is locked before the
// action's: the other way round, a claim and a lock would wait for each other.
func (s *Store) Release(ctx context.Context, key approvals.ActionKey, steps ...func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error)) (a approvals.Action, err error) {
	if !wellFormed(string(key.ID)) {
		return approvals.Action{}, notFound()
	}
	err = s.db.InTx(ctx, func(tx *Tx) error {
		a, err = s.release(tx, key, steps)
		return err
	})
	return a, err
}

func (s *Store) release(tx *Tx, key approvals.ActionKey, steps []func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error)) (a approvals.Action, err error) {
	var locked sellerRow
	lock := tx.share()
	if len(steps) > 1 { // one of them may change the seller
		lock = tx.Lock()
	}
	err = lock.
		Where("marketplace = ? AND id = (SELECT a.seller FROM actions a WHERE a.marketplace = ? AND a.id = ?)", string(key.Marketplace), string(key.Marketplace), string(key.ID)).
		Take(&locked).Error
	if err != nil {
		return approvals.Action{}, fmt.Errorf("lock the seller: %w", err)
	}
	gate, err := readGateOf(tx.DB, key)
	if err != nil {
		return approvals.Action{}, err
	}
	for _, step := range steps {
		a, err = s.update(tx, key, func(a approvals.Action, seller approvals.Seller) (approvals.Change, error) {
			return step(a, seller, gate)
		})
		if err != nil {
			return approvals.Action{}, err
		}
	}
	return a, nil
}

// Refuse implements approvals.Store.
func (s *Store) Refuse(ctx context.Context, e audit.Event, fingerprint string) error {
	e.Version = 0
	if e.ID == "" {
		e.ID = s.newID()
	}
	return s.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.Record(e); err != nil {
			return err
		}
		// An action's own fingerprint was seen when it was created.
		if fingerprint == "" || e.Action != "" {
			return nil
		}
		key := approvals.SellerKey{Marketplace: approvals.MarketplaceID(e.Marketplace), Seller: approvals.SellerID(e.Seller)}
		if err := s.name(tx, key, fingerprint, e.At, e.At); err != nil {
			return err
		}
		return s.addSighting(tx, sightingRow{"", fingerprint, e.Marketplace, e.Seller, nil, At(e.At)})
	})
}
