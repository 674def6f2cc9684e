package authdb

import (
	"context"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

var _ auth.ApproverStore = (*Store)(nil)

type approverPasskeyRow struct {
	ID             string `gorm:"primaryKey"`
	Provider       string
	Sealed         []byte
	CredentialID   []byte
	Transports     string
	BackupEligible bool
	BackedUp       bool
	SignCount      int64
	Created        approvaldb.Instant `gorm:"column:created_at"`
	LastUsedAt     approvaldb.Instant
}

func (approverPasskeyRow) TableName() string { return "approver_passkeys" }

// ApproverPasskey implements auth.ApproverStore.
func (s *Store) ApproverPasskey(ctx context.Context, id approvals.ApproverID) (auth.Record, error) {
	if !isID(string(id)) {
		return auth.Record{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var row approverPasskeyRow
	if err := s.db.Read(ctx).Where("id = ?", string(id)).Take(&row).Error; err != nil {
		return auth.Record{}, explained("read the passkey of an approver", err)
	}
	return auth.Record{
		Authenticator: auth.Authenticator{
			ID: row.ID, Method: approvals.Passkey, Provider: row.Provider, CreatedAt: row.Created.Time(), LastUsedAt: row.LastUsedAt.Time(),
			BackupEligible: row.BackupEligible, BackedUp: row.BackedUp,
		},
		Sealed: row.Sealed, CredentialID: row.CredentialID, Transports: strings.Fields(row.Transports),
		SignCount: uint32(row.SignCount), // a CHECK keeps it in range
	}, nil
}

// notApprovers refuses a passkey that is an approver's, whoever's: it stands for
// another person.
func notApprovers(tx *approvaldb.Tx, r auth.Record) error {
	if r.CredentialID == nil {
		return nil
	}
	var taken int64
	if err := tx.Model(&approverPasskeyRow{}).Where("credential_id = ?", r.CredentialID).Count(&taken).Error; err != nil || taken == 0 {
		return err
	}
	return approvals.Refuse(approvals.CodeAlreadyEnrolled)
}

// JoinApprover implements auth.ApproverStore.
func (s *Store) JoinApprover(ctx context.Context, j auth.Joining) error {
	return explained("join approver", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		if err := tx.JoinApprover(j.Seller, j.Approver, j.Passkey.CreatedAt, j.UsableFrom); err != nil {
			return err
		}
		var taken int64
		if err := tx.Model(&authenticatorRow{}).Where("credential_id = ?", j.Passkey.CredentialID).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
		r := j.Passkey
		err := tx.Create(&approverPasskeyRow{
			ID: r.ID, Provider: r.Provider, Sealed: r.Sealed, CredentialID: r.CredentialID, Transports: strings.Join(r.Transports, " "),
			BackupEligible: r.BackupEligible, BackedUp: r.BackedUp, SignCount: int64(r.SignCount), Created: approvaldb.At(r.CreatedAt),
		}).Error
		if approvaldb.Duplicate(err, "approver_passkeys_credential", "approver_passkeys.credential_id") {
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
		if err != nil {
			return err
		}
		if err := record(tx, j.Event); err != nil {
			return err
		}
		return tx.TellMarketplace(j.Seller, "approver.joined", j.Passkey.CreatedAt)
	}))
}

type approverChallengeRow struct {
	Hash     []byte `gorm:"primaryKey"`
	Approver string
	Purpose  string
	Subject  []byte
	Ceremony []byte
	Created  approvaldb.Instant `gorm:"column:created_at"`
	Expires  approvaldb.Instant `gorm:"column:expires_at"`
}

// PutApproverChallenge implements auth.ApproverStore.
func (s *Store) PutApproverChallenge(ctx context.Context, c auth.ApproverChallenge) error {
	return explained("keep challenge", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		slot, err := slotIn(tx.Table("approver_challenges").Where("approver = ?", string(c.Approver)))
		if err != nil {
			return err
		}
		// gorm takes a byte slice right after a parenthesis for a list.
		return tx.Exec("INSERT INTO approver_challenges (slot, approver, hash, purpose, subject, ceremony, created_at, expires_at)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (approver, slot) DO UPDATE SET hash = excluded.hash,"+
			" purpose = excluded.purpose, subject = excluded.subject, ceremony = excluded.ceremony,"+
			" created_at = excluded.created_at, expires_at = excluded.expires_at",
			slot, string(c.Approver), c.Hash[:], string(c.Purpose), c.Subject[:], c.Session, approvaldb.At(c.CreatedAt), approvaldb.At(c.ExpiresAt)).Error
	}))
}

// TakeApproverChallenge implements auth.ApproverStore.
func (s *Store) TakeApproverChallenge(ctx context.Context, hash [32]byte) (auth.ApproverChallenge, error) {
	var row approverChallengeRow
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		row = approverChallengeRow{}
		taken := tx.Raw("DELETE FROM approver_challenges WHERE hash = ? RETURNING hash, approver, purpose, subject, ceremony, created_at, expires_at", hash[:]).Find(&row)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		return taken.Error
	})
	if err != nil {
		return auth.ApproverChallenge{}, explained("take challenge", err)
	}
	return auth.ApproverChallenge{
		Hash: hash, Approver: approvals.ApproverID(row.Approver), Purpose: auth.ApproverPurpose(row.Purpose), Subject: [32]byte(row.Subject),
		Session: row.Ceremony, CreatedAt: row.Created.Time(), ExpiresAt: row.Expires.Time(),
	}, nil
}

// UseApproverPasskey implements auth.ApproverStore.
func (s *Store) UseApproverPasskey(ctx context.Context, u auth.PasskeyUse) (bool, error) {
	used := false
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		q := tx.Model(&approverPasskeyRow{}).Where("id = ? AND sign_count <= ?", u.ID, int64(u.SignCount))
		if u.Rising {
			q = q.Where("sign_count < ?", int64(u.SignCount))
		}
		done := q.Updates(map[string]any{"sign_count": int64(u.SignCount), "backed_up": u.BackedUp, "last_used_at": approvaldb.At(u.At)})
		if used = done.RowsAffected == 1; done.Error != nil || !used {
			return done.Error
		}
		return record(tx, u.Event)
	})
	return used && err == nil, explained("use passkey", err)
}

// SweepApprovers implements auth.ApproverStore.
func (s *Store) SweepApprovers(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		done := tx.Exec("DELETE FROM approver_challenges WHERE expires_at <= ?", approvaldb.At(now))
		n = done.RowsAffected
		return done.Error
	})
	return int(n), explained("sweep challenges", err)
}
