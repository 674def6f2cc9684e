package authdb

import (
	"context"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

type challengeRow struct {
	Hash        []byte `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Action      *string
	Generation  int64
	Stage       string
	Digest      []byte
	Ceremony    []byte
	Slot        int64
	Created     approvaldb.Instant `gorm:"column:created_at"`
	Expires     approvaldb.Instant `gorm:"column:expires_at"`
}

func (challengeRow) TableName() string { return "challenges" }

func (row challengeRow) challenge() auth.Challenge {
	c := auth.Challenge{
		Hash: [32]byte(row.Hash),
		Subject: auth.Subject{
			Seller: keyOf(row.Marketplace, row.Seller), Generation: int(row.Generation), Stage: approvals.Stage(row.Stage), Digest: approvals.Digest(row.Digest),
		},
		Session: row.Ceremony, CreatedAt: row.Created.Time(), ExpiresAt: row.Expires.Time(),
	}
	if row.Action != nil {
		c.Subject.Action = approvals.ActionID(*row.Action)
	}
	return c
}

// PutChallenge implements auth.Challenges. The slot's unique index holds the
// number of live challenges whatever comes at once.
func (s *Store) PutChallenge(ctx context.Context, c auth.Challenge) error {
	sub := c.Subject
	key := "(marketplace, seller, slot) WHERE action IS NULL"
	var action any
	if sub.Action != "" {
		key, action = "(action, stage, slot) WHERE action IS NOT NULL", string(sub.Action)
	}
	return explained("keep challenge", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		same := tx.Table("challenges").Where(ofSeller+" AND action IS NULL", sub.Seller.Marketplace, sub.Seller.Seller)
		if action != nil {
			same = tx.Table("challenges").Where("action = ? AND stage = ?", action, sub.Stage)
		}
		slot, err := slotIn(same)
		if err != nil {
			return err
		}
		// gorm takes a byte slice right after a parenthesis for a list.
		return tx.Exec("INSERT INTO challenges (marketplace, seller, hash, action, generation, stage, digest, ceremony, slot, created_at, expires_at)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "+key+" DO UPDATE SET"+
			" hash = excluded.hash, generation = excluded.generation, digest = excluded.digest, ceremony = excluded.ceremony,"+
			" created_at = excluded.created_at, expires_at = excluded.expires_at",
			sub.Seller.Marketplace, sub.Seller.Seller, c.Hash[:], action, sub.Generation, sub.Stage, sub.Digest[:], c.Session, slot,
			approvaldb.At(c.CreatedAt), approvaldb.At(c.ExpiresAt)).Error
	}))
}

// slotIn picks the slot of a new row among these.
func slotIn(rows *gorm.DB) (int64, error) {
	var slots []int64
	if err := rows.Order("created_at, slot").Pluck("slot", &slots).Error; err != nil {
		return 0, err
	}
	return freeSlot(slots), nil
}

// TakeChallenge implements auth.Challenges.
func (s *Store) TakeChallenge(ctx context.Context, hash [32]byte) (auth.Challenge, error) {
	var row challengeRow
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		row = challengeRow{}
		taken := tx.Raw("DELETE FROM challenges WHERE hash = ? RETURNING"+
			" hash, marketplace, seller, action, generation, stage, digest, ceremony, slot, created_at, expires_at", hash[:]).Find(&row)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		return taken.Error
	})
	if err != nil {
		return auth.Challenge{}, explained("take challenge", err)
	}
	return row.challenge(), nil
}

type enrolmentRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Account     string
	Sealed      []byte
	Slot        int64
	Created     approvaldb.Instant `gorm:"column:created_at"`
	Expires     approvaldb.Instant `gorm:"column:expires_at"`
}

func (enrolmentRow) TableName() string { return "enrolments" }

// PutEnrolment implements auth.Challenges.
func (s *Store) PutEnrolment(ctx context.Context, e auth.Enrolment) error {
	return explained("keep enrolment", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		slot, err := slotIn(tx.Table("enrolments").Where(ofSeller, e.Seller.Marketplace, e.Seller.Seller))
		if err != nil {
			return err
		}
		return tx.Exec("INSERT INTO enrolments (id, marketplace, seller, account, sealed, slot, created_at, expires_at)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (marketplace, seller, slot) DO UPDATE SET"+
			" id = excluded.id, account = excluded.account, sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at",
			e.ID, e.Seller.Marketplace, e.Seller.Seller, e.Account, e.Sealed, slot, approvaldb.At(e.CreatedAt), approvaldb.At(e.ExpiresAt)).Error
	}))
}

// Enrolment implements auth.Challenges.
func (s *Store) Enrolment(ctx context.Context, seller approvals.SellerKey, id string) (auth.Enrolment, error) {
	if !isID(id) {
		return auth.Enrolment{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var row enrolmentRow
	err := s.db.Read(ctx).Where("id = ? AND "+ofSeller, id, seller.Marketplace, seller.Seller).Take(&row).Error
	if err != nil {
		return auth.Enrolment{}, explained("read enrolment", err)
	}
	return auth.Enrolment{
		ID: row.ID, Seller: keyOf(row.Marketplace, row.Seller), Account: row.Account, Sealed: row.Sealed, CreatedAt: row.Created.Time(), ExpiresAt: row.Expires.Time(),
	}, nil
}

// Sweep implements auth.Challenges.
func (s *Store) Sweep(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		n = 0
		for _, row := range []any{&challengeRow{}, &enrolmentRow{}} {
			done := tx.Where("expires_at <= ?", approvaldb.At(now)).Delete(row)
			if done.Error != nil {
				return done.Error
			}
			n += done.RowsAffected
		}
		return nil
	})
	return int(n), explained("sweep challenges", err)
}
