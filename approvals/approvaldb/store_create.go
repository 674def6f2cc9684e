package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Create implements approvals.Store. The seller's row stays locked, so that
// two requests for one seller take turns and the second sees what the first
// left; the index actions_one_open holds even without that.
func (s *Store) Create(ctx context.Context, look approvals.Look, plan func(approvals.Seller, *approvals.Action, approvals.Signals) (approvals.Creation, error)) (a approvals.Action, err error) {
	err = s.db.InTx(ctx, func(tx *Tx) error {
		a, err = s.createFor(tx, look, plan)
		return err
	})
	return a, err
}

func (s *Store) createFor(tx *Tx, look approvals.Look, plan func(approvals.Seller, *approvals.Action, approvals.Signals) (approvals.Creation, error)) (approvals.Action, error) {
	key := look.Seller
	seller, err := findSeller(tx.DB, tx.Lock(), key)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return approvals.Action{}, fmt.Errorf("load seller: %w", err)
	}
	open, err := s.openOf(tx, key, look.Kind)
	if err != nil {
		return approvals.Action{}, err
	}
	seen, err := s.named(tx, look)
	if err != nil {
		return approvals.Action{}, err
	}
	creation, err := plan(seller, open.pointer(), seen)
	if err != nil {
		return approvals.Action{}, err
	}
	if err := tx.saveSeller(seller, creation.Seller); err != nil {
		return approvals.Action{}, fmt.Errorf("save seller: %w", err)
	}
	if creation.Superseded != nil && open != nil {
		if _, err := s.save(tx, *open, *creation.Superseded); err != nil {
			return approvals.Action{}, fmt.Errorf("supersede action %s: %w", open.action.ID, err)
		}
	}
	if err := s.ring(tx, look, creation.Ring); err != nil {
		return approvals.Action{}, err
	}
	endpoints, err := tx.endpoints(key.Marketplace)
	if err != nil {
		return approvals.Action{}, err
	}
	return s.create(tx, creation.New, endpoints)
}

// named records that an account is named, takes its turn with others who name it,
// and reads the signals. A plan that refuses undoes the record.
func (s *Store) named(tx *Tx, look approvals.Look) (approvals.Signals, error) {
	if names(look) {
		if err := s.name(tx, look.Seller, look.Fingerprint, look.Now, time.Time{}); err != nil {
			return approvals.Signals{}, err
		}
	}
	seen, err := s.signals(tx.DB, look)
	if err != nil {
		return seen, err
	}
	return seen, tx.addTraits(look, seen)
}

// openOf returns the seller's open action of a kind, nil if there is none.
func (s *Store) openOf(tx *Tx, key approvals.SellerKey, kind approvals.Kind) (*family, error) {
	scope := tx.Lock().Where("marketplace = ? AND seller = ? AND kind = ? AND "+isOpen, string(key.Marketplace), string(key.Seller), string(kind))
	f, err := s.load(tx.DB, scope)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the open action: %w", err)
	}
	return &f, nil
}

func (f *family) pointer() *approvals.Action {
	if f == nil {
		return nil
	}
	return &f.action
}

// endpoints returns the enabled endpoints of a marketplace.
func (tx *Tx) endpoints(m approvals.MarketplaceID) ([]listener, error) {
	var rows []endpointRow
	err := tx.Select("id", "events", "opens_at").Where("marketplace = ? AND disabled_at IS NULL", string(m)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load endpoints: %w", err)
	}
	var out []listener
	for _, r := range rows {
		out = append(out, listener{r.ID, r.Events, r.OpensAt})
	}
	return out, nil
}
