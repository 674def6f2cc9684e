package approvaldb

import (
	"fmt"
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
var nameSQL = newFixed(`INSERT INTO destination_sellers AS d (scope, fingerprint, marketplace, seller, first_at, last_at, failed_at, declared, ring)
VALUES (@scope, @fp, @m, @s, @at, @at, @failed, (1 = 0), 0)
ON CONFLICT (scope, fingerprint, marketplace, seller) DO UPDATE SET last_at = CASE WHEN d.last_at > @at THEN d.last_at ELSE @at END`)

// name records that a seller names the account. failed is set for one that never did
// and was refused.
func (k core) name(tx *Tx, key approvals.SellerKey, fingerprint string, at, failed time.Time) error {
	scope := k.scope(key.Marketplace)
	if err := tx.touch(scope, fingerprint, at); err != nil {
		return err
	}
	err := nameSQL.run(tx.DB, map[string]any{
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
	if !a.NamesDestination() || before.ID == "" {
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
		proved, machine := len(a.Proofs) > 0, c.Case != nil && c.Case.Reason == approvals.CaseNotMeFast
		switch {
		case a.State == approvals.Cancelled && a.Cancel == approvals.NotMe && proved && !machine:
			if err := k.disown(tx, a, set); err != nil {
				return err
			}
		case proved:
		case a.State == approvals.Failed, a.State == approvals.Expired, a.State == approvals.Denied, a.State == approvals.Cancelled && a.Cancel == approvals.NotMe:
			set["failed_at"] = at
		}
	}
	if len(set) > 0 {
		if err := k.keep(tx, a.SellerKey(), a.Fingerprint, a.MovedAt, set); err != nil {
			return err
		}
	}
	if before.State != approvals.Executed && a.State == approvals.Executed {
		return tx.executed(a)
	}
	return nil
}

// disown is what "I did not ask for this" tells of what was proved. Who is or was paid
// there is believed for everybody; of anybody else it is no more to others than an
// attempt that failed, or a rival could take an honest seller's account away.
func (k core) disown(tx *Tx, a approvals.Action, set map[string]any) error {
	var placed []Instant
	err := tx.Table("payout_accounts").Where("marketplace = ? AND seller = ? AND fingerprint = ? AND placed_at IS NOT NULL",
		string(a.Marketplace), string(a.Seller), a.Fingerprint).Pluck("placed_at", &placed).Error
	if err != nil {
		return fmt.Errorf("find whose destination it is: %w", err)
	}
	if at := At(a.MovedAt); len(placed) > 0 {
		set["disputed_at"] = at
	} else {
		set["disowned_at"], set["failed_at"] = at, at
	}
	return nil
}

// keep notes it in the seller's row about an account. Who named it while sellers were
// compared elsewhere has none here yet.
func (k core) keep(tx *Tx, key approvals.SellerKey, fingerprint string, at time.Time, set map[string]any) error {
	written := k.ofSeller(tx.DB, key, fingerprint).Updates(set)
	if written.Error == nil && written.RowsAffected == 0 {
		if err := k.name(tx, key, fingerprint, at, time.Time{}); err != nil {
			return err
		}
		written = k.ofSeller(tx.DB, key, fingerprint).Updates(set)
	}
	if written.Error != nil {
		return fmt.Errorf("keep evidence about a destination: %w", written.Error)
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
		if err := k.keep(tx, c.Seller.SellerKey, f, at, map[string]any{"disputed_at": At(at)}); err != nil {
			return err
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

// traitRow is a trait and when it was last seen of a seller: one who asks again and
// again is one.
type traitRow struct {
	Trait  int64 `gorm:"primaryKey;autoIncrement:false"`
	SeenAt Instant
	Seller int64 `gorm:"primaryKey;autoIncrement:false"`
}

func (traitRow) TableName() string { return "traits" }

// addTraits keeps those of a request, and forgets what is too old to matter.
func (tx *Tx) addTraits(look approvals.Look, seen approvals.Signals) error {
	traits := look.AllTraits(seen.DestinationKnown)
	if len(traits) == 0 {
		return nil
	}
	var rows []traitRow
	var keys []int64
	for _, t := range traits {
		rows = append(rows, traitRow{int64(t), At(look.Now), int64(look.Self)})
		keys = append(keys, int64(t))
	}
	if err := tx.Where("trait IN ? AND seen_at < ?", keys, At(look.Now.Add(-traitsKept))).Delete(&traitRow{}).Error; err != nil {
		return fmt.Errorf("forget old traits: %w", err)
	}
	latest := clause.OnConflict{Columns: []clause.Column{{Name: "trait"}, {Name: "seller"}}, DoUpdates: clause.AssignmentColumns([]string{"seen_at"})}
	if err := tx.Clauses(latest).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep traits: %w", err)
	}
	return nil
}
