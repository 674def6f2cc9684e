package approvaldb

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"countersign/approvals"
)

type linkRow struct {
	Action    string `gorm:"primaryKey"`
	Purpose   string `gorm:"primaryKey"`
	Serial    int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash      []byte
	ExpiresAt Instant
	Replaced  bool
	SpentAt   Instant
}

func (linkRow) TableName() string { return "links" }

// changeLinks spends, replaces and adds the links of a change.
func (tx *Tx) changeLinks(c approvals.Change) error {
	id := string(c.Action.ID)
	if c.Spend != "" {
		err := tx.Model(&linkRow{}).Where("action = ? AND purpose = ? AND spent_at IS NULL", id, string(c.Spend)).
			Select("spent_at").Updates(linkRow{SpentAt: At(c.Event.At)}).Error
		if err != nil {
			return fmt.Errorf("spend links of action %s: %w", id, err)
		}
	}
	links, err := tx.addApproverLinks(c)
	if err != nil {
		return fmt.Errorf("add links of action %s: %w", id, err)
	}
	var rows []linkRow
	for _, l := range links {
		if c.Event.Version > 1 { // the first version has nothing to replace
			err := tx.Model(&linkRow{}).Where("action = ? AND purpose = ? AND NOT replaced", id, string(l.Purpose)).
				Select("replaced").Updates(linkRow{Replaced: true}).Error
			if err != nil {
				return fmt.Errorf("replace links of action %s: %w", id, err)
			}
		}
		rows = append(rows, linkRow{
			Action: id, Purpose: string(l.Purpose), Serial: int64(l.Serial), Hash: bytes.Clone(l.Hash[:]),
			ExpiresAt: At(l.ExpiresAt), Replaced: l.Replaced, SpentAt: At(l.SpentAt),
		})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := add(tx, rows...); err != nil {
		return fmt.Errorf("add links of action %s: %w", id, err)
	}
	return nil
}

// Link implements approvals.Reader.
func (r *Reader) Link(ctx context.Context, p approvals.Purpose, hash [32]byte) (approvals.ActionKey, approvals.Link, error) {
	var found struct {
		Marketplace, Action string
		Kind                string
		Approver            string
		Serial              int64
		ExpiresAt, SpentAt  Instant
		Replaced            bool
	}
	query := r.db.Read(ctx).Raw(`SELECT a.marketplace, a.kind, l.action, l.serial, l.expires_at, l.spent_at, l.replaced
		FROM links l JOIN actions a ON a.id = l.action WHERE l.hash = ? AND l.purpose = ?`, slices.Clone(hash[:]), string(p))
	if p == approvals.VerifyLink { // kept with the address it was mailed to
		query = r.db.Read(ctx).Raw(`SELECT a.marketplace, a.kind, n.action, 1 AS serial
			FROM notices n JOIN actions a ON a.id = n.action WHERE n.verify_hash = ?`, slices.Clone(hash[:]))
	}
	if p == approvals.ApproveLink || p == approvals.JoinLink {
		query = r.db.Read(ctx).Raw(`SELECT a.marketplace, a.kind, l.action, l.approver, l.serial, l.expires_at
			FROM approver_links l JOIN actions a ON a.id = l.action WHERE l.hash = ? AND l.purpose = ?`, slices.Clone(hash[:]), string(p))
	}
	err := query.Find(&found).Error
	if err != nil {
		return approvals.ActionKey{}, approvals.Link{}, Explain(err)
	}
	if found.Action == "" {
		return approvals.ActionKey{}, approvals.Link{}, notFound()
	}
	link := approvals.Link{
		Hash: hash, Action: approvals.ActionID(found.Action), Purpose: p, Serial: int(found.Serial),
		ExpiresAt: found.ExpiresAt.Time(), Replaced: found.Replaced, SpentAt: found.SpentAt.Time(),
		Kind: approvals.Kind(found.Kind), Approver: approvals.ApproverID(found.Approver),
	}
	return approvals.ActionKey{Marketplace: approvals.MarketplaceID(found.Marketplace), ID: link.Action}, link, nil
}
