package approvaldb

import (
	"bytes"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/approvals"
)

type approverRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Name        string
	Email       string
	InvitedAt   Instant
	InviteUntil Instant `gorm:"column:invited_until"`
	JoinedAt    Instant
	UsableFrom  Instant
	RemovedAt   Instant
}

func (approverRow) TableName() string { return "approvers" }

func newApproverRow(key approvals.SellerKey, p approvals.Approver) approverRow {
	return approverRow{
		ID: string(p.ID), Marketplace: string(key.Marketplace), Seller: string(key.Seller), Name: p.Name, Email: p.Email,
		InvitedAt: At(p.InvitedAt), InviteUntil: At(p.InviteUntil), JoinedAt: At(p.JoinedAt), UsableFrom: At(p.UsableFrom), RemovedAt: At(p.RemovedAt),
	}
}

func (r approverRow) approver() approvals.Approver {
	return approvals.Approver{
		ID: approvals.ApproverID(r.ID), Name: r.Name, Email: r.Email, InvitedAt: r.InvitedAt.Time(), InviteUntil: r.InviteUntil.Time(),
		JoinedAt: r.JoinedAt.Time(), UsableFrom: r.UsableFrom.Time(), RemovedAt: r.RemovedAt.Time(),
	}
}

// findApprovers reads a seller's, oldest first.
func findApprovers(db *gorm.DB, key approvals.SellerKey) ([]approvals.Approver, error) {
	var rows []approverRow
	err := db.Where("marketplace = ? AND seller = ?", string(key.Marketplace), string(key.Seller)).Order("id").Find(&rows).Error
	var out []approvals.Approver
	for _, r := range rows {
		out = append(out, r.approver())
	}
	return out, err
}

// saveApprovers adds who is new and writes who was removed. Joining is not a
// seller's change, and has a statement of its own.
func (tx *Tx) saveApprovers(old, s approvals.Seller) error {
	for _, p := range s.Approvers {
		was, known := old.Approver(p.ID)
		row := newApproverRow(s.SellerKey, p)
		switch {
		case !known:
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		case !was.RemovedAt.Equal(p.RemovedAt):
			written := tx.Model(&approverRow{}).Where("id = ? AND removed_at IS NULL", row.ID).Select("removed_at").Updates(row)
			if err := oneRow(written); err != nil {
				return err
			}
		}
	}
	return nil
}

// JoinApprover writes that an approver has joined, and from when their word
// counts. CodeLinkSpent when they joined before, were removed, or come too late.
func (tx *Tx) JoinApprover(key approvals.SellerKey, id approvals.ApproverID, at, usable time.Time) error {
	if !wellFormed(string(id)) {
		return notFound()
	}
	joined := tx.Model(&approverRow{}).
		Where("id = ? AND marketplace = ? AND seller = ? AND joined_at IS NULL AND removed_at IS NULL AND invited_until > ?",
			string(id), string(key.Marketplace), string(key.Seller), At(at)).
		Select("joined_at", "usable_from").Updates(approverRow{JoinedAt: At(at), UsableFrom: At(usable)})
	if joined.Error == nil && joined.RowsAffected != 1 {
		return approvals.Refuse(approvals.CodeLinkSpent)
	}
	return joined.Error
}

type approverLinkRow struct {
	Hash      []byte `gorm:"primaryKey"`
	Action    string
	Approver  string
	Purpose   string
	Serial    int64
	ExpiresAt Instant
}

func (approverLinkRow) TableName() string { return "approver_links" }

// addApproverLinks adds those links of a change that were mailed to approvers,
// and returns the seller's. Which one is the newest is on the action.
func (tx *Tx) addApproverLinks(c approvals.Change) ([]approvals.Link, error) {
	var others []approvals.Link
	var rows []approverLinkRow
	for _, l := range c.Links {
		if l.Approver == "" {
			others = append(others, l)
			continue
		}
		rows = append(rows, approverLinkRow{
			Hash: bytes.Clone(l.Hash[:]), Action: string(c.Action.ID), Approver: string(l.Approver), Purpose: string(l.Purpose),
			Serial: int64(l.Serial), ExpiresAt: At(l.ExpiresAt),
		})
	}
	if len(rows) == 0 {
		return others, nil
	}
	return others, tx.Create(&rows).Error
}

type approverProofRow struct {
	ID         string `gorm:"primaryKey"`
	Action     string
	Generation int64
	Approver   string
	Digest     []byte
	Spent      string
	Evidence   []byte
	ProvedAt   Instant
}

func (approverProofRow) TableName() string { return "approver_proofs" }

func (tx *Tx) addApproverProof(p approvals.Proof, evidence []byte) error {
	return tx.Create(&approverProofRow{
		ID: p.ID, Action: string(p.Action), Generation: int64(p.Generation), Approver: p.Authenticator,
		Digest: bytes.Clone(p.Digest[:]), Spent: p.Spent, Evidence: evidence, ProvedAt: At(p.At),
	}).Error
}

type askedRow struct {
	Action     string `gorm:"primaryKey"`
	Generation int64  `gorm:"primaryKey;autoIncrement:false"`
}

func (askedRow) TableName() string { return "approvals_asked" }

// askApproval keeps that this generation needs another person's proof, which
// nothing takes back. Nothing is written where it is known, or not so.
func (tx *Tx) askApproval(old, a approvals.Action) error {
	known := old.Generation == a.Generation && old.Requires(approvals.SecondApprover)
	if known || !a.Requires(approvals.SecondApprover) {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&askedRow{string(a.ID), int64(a.Generation)}).Error
}
