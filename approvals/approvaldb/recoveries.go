package approvaldb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// RecoveryStore implements approvals.Recoveries.
type RecoveryStore struct{ core }

var _ approvals.Recoveries = (*RecoveryStore)(nil)

type recoveryRow struct {
	ID            string `gorm:"primaryKey"`
	Marketplace   string
	Seller        string
	Decision      string
	State         string
	AgreedAt      Instant
	OpensAt       Instant
	LapsesAt      Instant
	Serial        int64
	LinkHash      []byte
	LinkUntil     Instant
	DueAt         Instant
	EndedAt       Instant
	Authenticator *string
}

func (recoveryRow) TableName() string { return "recoveries" }

// recoveryMoves are the columns that may be written again.
var recoveryMoves = []string{"state", "serial", "link_hash", "link_until", "due_at", "ended_at", "authenticator"}

func (k core) recoveryRow(r approvals.Recovery) recoveryRow {
	row := recoveryRow{
		ID: r.ID, Marketplace: string(r.Seller.Marketplace), Seller: string(r.Seller.Seller), Decision: r.Decision, State: string(r.State),
		AgreedAt: At(r.AgreedAt), OpensAt: At(r.OpensAt), LapsesAt: At(r.LapsesAt), Serial: int64(r.Serial), LinkUntil: At(r.LinkUntil),
		DueAt: At(r.DueAt()), EndedAt: At(r.EndedAt), Authenticator: optional(r.Authenticator),
	}
	if r.Serial > 0 {
		hash := approvals.HashToken(k.links.RecoveryToken(r.ID, r.Serial))
		row.LinkHash = bytes.Clone(hash[:])
	}
	return row
}

func (row recoveryRow) recovery() approvals.Recovery {
	return approvals.Recovery{
		ID: row.ID, Seller: approvals.SellerKey{Marketplace: approvals.MarketplaceID(row.Marketplace), Seller: approvals.SellerID(row.Seller)},
		Decision: row.Decision, State: approvals.RecoveryState(row.State), AgreedAt: row.AgreedAt.Time(), OpensAt: row.OpensAt.Time(),
		LapsesAt: row.LapsesAt.Time(), Serial: int(row.Serial), LinkUntil: row.LinkUntil.Time(), EndedAt: row.EndedAt.Time(),
		Authenticator: given(row.Authenticator),
	}
}

// RecoveryOf implements approvals.Recoveries.
func (s *RecoveryStore) RecoveryOf(ctx context.Context, key approvals.SellerKey) (approvals.Recovery, error) {
	r, err := newestRecovery(s.db.Read(ctx), key)
	if err != nil {
		return approvals.Recovery{}, fmt.Errorf("find a recovery: %w", Explain(err))
	}
	return r, nil
}

func newestRecovery(db *gorm.DB, key approvals.SellerKey) (approvals.Recovery, error) {
	var row recoveryRow
	err := db.Where("marketplace = ? AND seller = ?", string(key.Marketplace), string(key.Seller)).Order("id DESC").Limit(1).Take(&row).Error
	return row.recovery(), err
}

// RecoveryByLink implements approvals.Recoveries.
func (s *RecoveryStore) RecoveryByLink(ctx context.Context, hash [32]byte) (approvals.Recovery, error) {
	var row recoveryRow
	if err := s.db.Read(ctx).Where("link_hash = ?", bytes.Clone(hash[:])).Take(&row).Error; err != nil {
		return approvals.Recovery{}, fmt.Errorf("find a recovery: %w", Explain(err))
	}
	return row.recovery(), nil
}

// RecoveryAsked implements approvals.Recoveries.
func (s *RecoveryStore) RecoveryAsked(ctx context.Context, key approvals.SellerKey) (time.Time, error) {
	var found []struct{ At Instant }
	err := s.db.Read(ctx).Raw("SELECT opened_at AS at FROM cases WHERE marketplace = ? AND seller = ? AND reason = ? AND closed_at IS NULL",
		string(key.Marketplace), string(key.Seller), string(approvals.CaseRecovery)).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return time.Time{}, Explain(err)
	}
	return found[0].At.Time(), nil
}

// DueRecoveries implements approvals.Recoveries.
func (s *RecoveryStore) DueRecoveries(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.db.Read(ctx).Model(&recoveryRow{}).Where("due_at <= ?", At(now)).Order("due_at").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find recoveries: %w", Explain(err))
	}
	return ids, nil
}

// UpdateRecovery implements approvals.Recoveries.
func (s *RecoveryStore) UpdateRecovery(ctx context.Context, id string, step func(approvals.Recovery, approvals.Seller) approvals.RecoveryChange) (approvals.Recovery, error) {
	if !wellFormed(id) {
		return approvals.Recovery{}, notFound()
	}
	var out approvals.Recovery
	err := s.db.InTx(ctx, func(tx *Tx) error {
		var row recoveryRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		seller, err := findSeller(tx.DB, tx.Lock(), row.recovery().Seller)
		if err != nil {
			return err
		}
		if err := tx.Lock().Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		c := step(row.recovery(), seller)
		out = c.Recovery
		return s.saveRecovery(tx, c)
	})
	if err != nil {
		return approvals.Recovery{}, fmt.Errorf("update recovery %s: %w", id, Explain(err))
	}
	return out, nil
}

// saveRecovery writes one step, its event and its notice.
func (k core) saveRecovery(tx *Tx, c approvals.RecoveryChange) error {
	if !c.Changed {
		return nil
	}
	if err := k.moveRecovery(tx, c.Recovery); err != nil {
		return err
	}
	if c.Event.ID == "" {
		c.Event.ID = k.newID()
	}
	if err := tx.Record(c.Event); err != nil {
		return err
	}
	return tx.NotifySeller(c.Recovery.Seller, c.Notice)
}

func (k core) moveRecovery(tx *Tx, r approvals.Recovery) error {
	row := k.recoveryRow(r)
	return oneRow(tx.Model(&recoveryRow{}).Where("id = ? AND ended_at IS NULL", r.ID).Select(recoveryMoves).Updates(row))
}

// runningRecovery returns the seller's recovery that runs. scope may lock it; with the
// seller's row locked none begins meanwhile.
func runningRecovery(scope *gorm.DB, key approvals.SellerKey) (approvals.Recovery, bool, error) {
	var row recoveryRow
	err := scope.Where("marketplace = ? AND seller = ? AND ended_at IS NULL", string(key.Marketplace), string(key.Seller)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return approvals.Recovery{}, false, nil
	}
	if err != nil {
		return approvals.Recovery{}, false, fmt.Errorf("find the running recovery: %w", err)
	}
	return row.recovery(), true, nil
}

// mayRecover refuses a recovery of this seller where one runs, there is nothing to
// replace, or an address is too young.
func mayRecover(db *gorm.DB, seller approvals.Seller, now time.Time) error {
	_, running, err := runningRecovery(db, seller.SellerKey)
	if err != nil {
		return err
	}
	var enrolled int64
	err = db.Raw("SELECT count(*) FROM authenticators WHERE marketplace = ? AND seller = ? AND usable_from IS NOT NULL",
		string(seller.Marketplace), string(seller.SellerKey.Seller)).Scan(&enrolled).Error
	if err != nil {
		return fmt.Errorf("count authenticators: %w", err)
	}
	return seller.MayRecover(running, enrolled > 0, now)
}

// BeginRecovery begins what a decision of two agents agreed on, in the transaction
// that carries it out, after it; the seller's row is locked. Every contact is told.
// Without such a decision the database refuses it.
func (tx *Tx) BeginRecovery(seller approvals.Seller, decision string, by audit.Actor, now time.Time) (approvals.Recovery, error) {
	k := tx.home.parts.Load()
	if err := mayRecover(tx.DB, seller, now); err != nil {
		return approvals.Recovery{}, err
	}
	r := approvals.NewRecovery(k.newID(), seller.SellerKey, decision, now)
	row := k.recoveryRow(r)
	if err := tx.Create(&row).Error; err != nil {
		return approvals.Recovery{}, fmt.Errorf("begin a recovery: %w", err)
	}
	e, n := r.Agreed(by)
	e.ID = k.newID()
	if err := tx.Record(e); err != nil {
		return approvals.Recovery{}, err
	}
	return r, tx.NotifySeller(seller.SellerKey, n)
}

// recover begins or stops a recovery, where that was decided. The seller's row is
// locked, and the decision stands.
func (tx *Tx) recover(d desk.Decision, seller approvals.Seller) error {
	by := audit.Actor{Type: audit.Agent, ID: cmp.Or(d.Decider, d.Proposer)}
	switch d.Verb {
	case desk.ResetAuthenticators:
		_, err := tx.BeginRecovery(seller, d.ID, by, d.DecidedAt)
		return err
	case desk.StopRecovery:
		_, err := tx.StopRecovery(seller.SellerKey, approvals.RecoveryStop{By: by, Why: approvals.StopAgent, At: d.DecidedAt})
		return err
	default: // of no recovery
		return nil
	}
}

// StopRecovery stops what runs of a seller, whose row is locked, and reports whether
// anything did.
func (tx *Tx) StopRecovery(key approvals.SellerKey, stop approvals.RecoveryStop) (bool, error) {
	r, running, err := runningRecovery(tx.Lock(), key)
	if err != nil || !running {
		return false, err
	}
	return true, tx.home.parts.Load().saveRecovery(tx, r.Stop(stop))
}

// RecoveryFinish is an authenticator that takes the place of all a seller had.
type RecoveryFinish struct {
	Seller        approvals.SellerKey
	Recovery      string
	Authenticator string
	At            time.Time
}

// FinishRecovery ends an open recovery in tx: replace puts the new authenticator in
// the place of the old ones, while the seller's and the recovery's rows are locked.
// The seller's security changed with it, so that no proof of before counts for
// anything that is open. A recovery that was stopped first is refused.
func (tx *Tx) FinishRecovery(f RecoveryFinish, replace func() error) error {
	k := tx.home.parts.Load()
	if k == nil || !wellFormed(f.Recovery) {
		return notFound()
	}
	seller, err := findSeller(tx.DB, tx.Lock(), f.Seller)
	if err != nil {
		return fmt.Errorf("finish a recovery: load seller: %w", err)
	}
	var row recoveryRow
	err = tx.Lock().Where("id = ? AND marketplace = ? AND seller = ?", f.Recovery, string(f.Seller.Marketplace), string(f.Seller.Seller)).Take(&row).Error
	if err != nil {
		return fmt.Errorf("finish a recovery: %w", err)
	}
	done, err := row.recovery().Finish(seller, f.Authenticator, f.At)
	if err != nil {
		return err
	}
	if err := replace(); err != nil {
		return err
	}
	if err := k.moveRecovery(tx, done); err != nil {
		return fmt.Errorf("finish recovery %s: %w", f.Recovery, err)
	}
	changed := seller
	changed.SecurityAt = f.At
	return tx.saveSeller(seller, changed)
}
