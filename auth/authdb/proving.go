package authdb

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

type provingRow struct {
	Marketplace  string
	Seller       string
	Failures     int64
	Blocks       int64
	BlockedUntil approvaldb.Instant
	PausedUntil  approvaldb.Instant
	TriedAt      approvaldb.Instant
}

func (provingRow) TableName() string { return "proving" }

func (row provingRow) tries() auth.Tries {
	return auth.Tries{Failures: int(row.Failures), BlockedUntil: row.BlockedUntil.Time(), PausedUntil: row.PausedUntil.Time()}
}

// Tries implements auth.Proving.
func (s *Store) Tries(ctx context.Context, seller approvals.SellerKey) (auth.Tries, error) {
	var row provingRow
	err := s.db.Read(ctx).Where(ofSeller, seller.Marketplace, seller.Seller).Limit(1).Find(&row).Error
	return row.tries(), explained("read tries", err)
}

// CountTry implements auth.Proving. During a block or a pause it answers without
// writing, so that a flood of guesses does not queue up for the seller's row.
func (s *Store) CountTry(ctx context.Context, t auth.Try) (auth.Tries, error) {
	tries, err := s.Tries(ctx, t.Seller)
	if now := approvaldb.At(t.Now).Time(); err != nil || now.Before(tries.BlockedUntil) || now.Before(tries.PausedUntil) {
		return tries, err
	}
	err = s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var err error
		if tries, err = countSeller(tx, t); err != nil || !tries.Counted {
			return err
		}
		counted, err := countAuthenticators(tx, t)
		if err != nil {
			return err
		}
		tries.Evaluate = nil
		for _, f := range counted {
			tries.Evaluate = append(tries.Evaluate, f.ID)
		}
		codes, err := countRecovery(tx, t)
		if err != nil {
			return err
		}
		tries.Recovery = len(codes) > 0
		return tellCounted(tx, t, tries, append(counted, codes...))
	})
	return tries, explained("count try", err)
}

// countSeller counts one failure of the seller, or none during a block or a
// pause: one statement, so that the fifth of any number at once is the last
// (RELIABILITY I16). The fifth begins the block, and a success ends it again.
func countSeller(tx *approvaldb.Tx, t auth.Try) (auth.Tries, error) {
	now := approvaldb.At(t.Now)
	args := []any{t.Seller.Marketplace, t.Seller.Seller, approvaldb.At(t.Paused[0]), now, auth.MaxTries, auth.MaxTries - 1, auth.MaxTries - 1}
	var ends, pauses strings.Builder
	for n, until := range t.Until[:len(t.Until)-1] {
		ends.WriteString(" WHEN p.blocks = ? THEN ?")
		args = append(args, n, approvaldb.At(until))
	}
	args = append(args, approvaldb.At(t.Until[len(t.Until)-1]))
	for n, until := range t.Paused {
		pauses.WriteString(" WHEN p.failures = ? THEN ?")
		args = append(args, n, approvaldb.At(until))
	}
	args = append(args, now, now)
	var row provingRow
	counted := tx.Raw("INSERT INTO proving AS p (marketplace, seller, failures, blocks, blocked_until, paused_until, tried_at) VALUES (?, ?, 1, 0, NULL, ?, ?)"+
		" ON CONFLICT (marketplace, seller) DO UPDATE SET"+
		" failures = (p.failures + 1) % ?,"+
		" blocks = CASE WHEN p.failures < ? THEN p.blocks ELSE p.blocks + 1 END,"+
		" blocked_until = CASE WHEN p.failures < ? THEN p.blocked_until"+ends.String()+" ELSE ? END,"+
		" paused_until = CASE"+pauses.String()+" ELSE p.paused_until END,"+
		" tried_at = excluded.tried_at"+
		" WHERE (p.blocked_until IS NULL OR p.blocked_until <= ?) AND (p.paused_until IS NULL OR p.paused_until <= ?)"+
		" RETURNING marketplace, seller, failures, blocks, blocked_until, paused_until, tried_at", args...).Find(&row)
	if counted.Error != nil {
		return auth.Tries{}, counted.Error
	}
	if counted.RowsAffected == 0 {
		err := tx.Where(ofSeller, t.Seller.Marketplace, t.Seller.Seller).Take(&row).Error
		return row.tries(), err
	}
	tries := row.tries()
	tries.Counted, tries.Began = true, row.Failures == 0
	return tries, nil
}

// countAuthenticators counts one failure of each, and returns those that may
// still be evaluated. Where the answer can be from none, a decoy is counted.
func countAuthenticators(tx *approvaldb.Tx, t auth.Try) ([]failing, error) {
	if len(t.Authenticators) == 0 && t.Recovery {
		return nil, nil
	}
	if len(t.Authenticators) == 0 {
		return nil, countDecoy(tx, t.Seller)
	}
	var counted []failing
	err := tx.Raw("UPDATE authenticators SET failures = failures + 1 WHERE id IN ? AND "+ofSeller+
		" AND failures < ? AND disabled_at IS NULL RETURNING id, failures",
		t.Authenticators, t.Seller.Marketplace, t.Seller.Seller, auth.MaxFailures).Find(&counted).Error
	return counted, err
}

// Settle implements auth.Proving. An answer that is not accepted does the same
// work as one that is: it looks for a row that is not there.
func (s *Store) Settle(ctx context.Context, c auth.Settlement) (bool, error) {
	accepted := false
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row provingRow // locked first, as CountTry does
		if err := tx.Lock().Where(ofSeller, c.Seller.Marketplace, c.Seller.Seller).Limit(1).Find(&row).Error; err != nil {
			return err
		}
		spent, err := spend(tx, c)
		if accepted = spent; err != nil {
			return err
		}
		if !accepted {
			return record(tx, c.Refused)
		}
		err = tx.Model(&provingRow{}).Where(ofSeller, c.Seller.Marketplace, c.Seller.Seller).
			Updates(map[string]any{"failures": 0, "blocks": 0, "blocked_until": nil, "paused_until": nil}).Error
		if err != nil || c.Accepted.Verb == "" {
			return err
		}
		return record(tx, c.Accepted)
	})
	return accepted, explained("settle try", err)
}

// spend is the compare-and-set on the step or the counter (RELIABILITY I14).
func spend(tx *approvaldb.Tx, c auth.Settlement) (bool, error) {
	if c.Method == approvals.RecoveryCode {
		return spendRecovery(tx, c)
	}
	id := c.Authenticator
	if id == "" {
		id = nobody
	}
	row := tx.Model(&authenticatorRow{}).
		Where("id = ? AND "+ofSeller+" AND method = ? AND disabled_at IS NULL", id, c.Seller.Marketplace, c.Seller.Seller, c.Method)
	set := map[string]any{"last_used_at": approvaldb.At(c.At), "failures": 0}
	switch {
	case c.Method == approvals.TOTP:
		row, set["last_step"] = row.Where("last_step < ?", c.Step), c.Step
	case c.Rising:
		row, set["sign_count"] = row.Where("sign_count < ?", c.SignCount), int64(c.SignCount)
	default:
		set["sign_count"] = gorm.Expr("CASE WHEN sign_count < ? THEN ? ELSE sign_count END", int64(c.SignCount), int64(c.SignCount))
	}
	if c.Method == approvals.Passkey {
		set["backed_up"] = c.BackedUp
	}
	done := row.Updates(set)
	return done.RowsAffected == 1, done.Error
}
