package approvaldb

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/approvals"
)

// destinationRow is what is known of an account in one scope.
type destinationRow struct {
	Scope       string  `gorm:"primaryKey"`
	Fingerprint string  `gorm:"primaryKey"`
	Created     Instant `gorm:"column:created_at"`
	DeniedAt    Instant
	DeniedBy    *string
	AllowedAt   Instant
	AllowedBy   *string
	AllowedWith *string
	Ring        int64
	RingAt      Instant
	SpreadAt    Instant
	Turn        int64
}

func (destinationRow) TableName() string { return "destinations" }

// scope is where a marketplace's sellers are compared.
func (k core) scope(m approvals.MarketplaceID) string {
	if k.ringsAcross {
		return ""
	}
	return string(m)
}

// names reports whether a look is about an account.
func names(look approvals.Look) bool { return look.Fingerprint != "" && !look.Kind.Own() }

const touchSQL = `INSERT INTO destinations (scope, fingerprint, created_at, ring, turn) VALUES (?, ?, ?, 0, 0)
ON CONFLICT (scope, fingerprint) DO UPDATE SET ring = destinations.ring`

// touch makes sure that there is a row for the account and locks it, so that those
// who name it take turns.
func (tx *Tx) touch(scope, fingerprint string, at time.Time) error {
	if err := tx.Exec(touchSQL, scope, fingerprint, At(at)).Error; err != nil {
		return fmt.Errorf("lock a destination: %w", err)
	}
	return nil
}

// Of two times of one seller the later one stays: nodes' clocks differ.
const nameSQL = `INSERT INTO destination_sellers AS d (scope, fingerprint, marketplace, seller, first_at, last_at, failed_at, declared, ring)
VALUES (@scope, @fp, @m, @s, @at, @at, @failed, (1 = 0), 0)
ON CONFLICT (scope, fingerprint, marketplace, seller) DO UPDATE SET last_at = CASE WHEN d.last_at > @at THEN d.last_at ELSE @at END`

// name records that a seller names the account. failed is set for one that never did
// and was refused.
func (k core) name(tx *Tx, key approvals.SellerKey, fingerprint string, at, failed time.Time) error {
	scope := k.scope(key.Marketplace)
	if err := tx.touch(scope, fingerprint, at); err != nil {
		return err
	}
	err := tx.Exec(nameSQL, map[string]any{
		"scope": scope, "fp": fingerprint, "m": string(key.Marketplace), "s": string(key.Seller), "at": At(at), "failed": At(failed),
	}).Error
	if err != nil {
		return fmt.Errorf("record who names a destination: %w", err)
	}
	return nil
}

// ofSeller narrows to a seller's row about an account.
func (k core) ofSeller(db *gorm.DB, key approvals.SellerKey, fingerprint string) *gorm.DB {
	return db.Table("destination_sellers").Where("scope = ? AND fingerprint = ? AND marketplace = ? AND seller = ?",
		k.scope(key.Marketplace), fingerprint, string(key.Marketplace), string(key.Seller))
}

// evidence keeps what a change tells about the account it is about.
func (k core) evidence(tx *Tx, before approvals.Action, c approvals.Change) error {
	a := c.Action
	if a.Kind.Own() || before.ID == "" {
		return nil
	}
	at, set := At(a.MovedAt), map[string]any{}
	if c.Proof != nil && c.Proof.Stage == approvals.StageStepUp {
		set["proved_at"] = at
		if c.Strong {
			set["strong_at"] = at
		}
	}
	if !before.State.Final() {
		switch proved := len(a.Proofs) > 0; {
		case a.State == approvals.Cancelled && a.Cancel == approvals.NotMe && proved:
			set["disputed_at"] = at
		case proved:
		case a.State == approvals.Failed, a.State == approvals.Expired, a.State == approvals.Denied, a.State == approvals.Cancelled && a.Cancel == approvals.NotMe:
			set["failed_at"] = at
		}
	}
	if len(set) > 0 {
		if err := k.ofSeller(tx.DB, a.SellerKey(), a.Fingerprint).Updates(set).Error; err != nil {
			return fmt.Errorf("keep evidence about a destination: %w", err)
		}
	}
	if before.State != approvals.Executed && a.State == approvals.Executed {
		return tx.executed(a)
	}
	return nil
}

// dispute keeps that an owner did not ask for what was released.
func (k core) dispute(tx *Tx, c approvals.SellerChange) error {
	at := c.Event.At
	if at.IsZero() {
		at = c.Seller.LockedAt // locked before: it stays as it was
	}
	for _, f := range c.Disputes {
		if err := k.ofSeller(tx.DB, c.Seller.SellerKey, f).Updates(map[string]any{"disputed_at": At(at)}).Error; err != nil {
			return fmt.Errorf("keep a dispute: %w", err)
		}
	}
	return nil
}

const executedSQL = `INSERT INTO payout_accounts (marketplace, seller, fingerprint, since, placed_at, current)
VALUES (@m, @s, @fp, @at, @placed, @current)
ON CONFLICT (marketplace, seller, fingerprint) DO UPDATE SET
  placed_at = CASE WHEN @current THEN @at ELSE payout_accounts.placed_at END, current = payout_accounts.current OR @current`

// executed keeps where a seller's money goes. What was current before is left first:
// one account is.
func (tx *Tx) executed(a approvals.Action) error {
	sets := a.Kind.SetsAccount()
	if sets {
		left := tx.Table("payout_accounts").Where("marketplace = ? AND seller = ? AND current", string(a.Marketplace), string(a.Seller)).
			Updates(map[string]any{"current": false, "used_at": At(a.MovedAt)})
		if left.Error != nil {
			return fmt.Errorf("leave a payout account: %w", left.Error)
		}
	}
	placed := Instant{}
	if sets {
		placed = At(a.MovedAt)
	}
	err := tx.Exec(executedSQL, map[string]any{
		"m": string(a.Marketplace), "s": string(a.Seller), "fp": a.Fingerprint, "at": At(a.MovedAt), "placed": placed, "current": sets,
	}).Error
	if err != nil {
		return fmt.Errorf("keep a payout account: %w", err)
	}
	return nil
}

// traitRow is a trait and when it was seen.
type traitRow struct {
	Trait  int64   `gorm:"primaryKey;autoIncrement:false"`
	SeenAt Instant `gorm:"primaryKey"`
	Seller int64   `gorm:"primaryKey;autoIncrement:false"`
}

func (traitRow) TableName() string { return "traits" }

// addTraits keeps those of a new request, and forgets what is too old to matter.
func (tx *Tx) addTraits(look approvals.Look) error {
	if len(look.Traits) == 0 {
		return nil
	}
	var rows []traitRow
	var keys []int64
	for _, t := range slices.Compact(slices.Clone(look.Traits)) {
		rows = append(rows, traitRow{int64(t), At(look.Now), int64(look.Self)})
		keys = append(keys, int64(t))
	}
	if err := tx.Where("trait IN ? AND seen_at < ?", keys, At(look.Now.Add(-traitsKept))).Delete(&traitRow{}).Error; err != nil {
		return fmt.Errorf("forget old traits: %w", err)
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep traits: %w", err)
	}
	return nil
}
