package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"countersign/approvals"
)

// Cases implements approvals.Cases.
type Cases struct{ core }

type caseRow struct {
	Number      int64 `gorm:"primaryKey;autoIncrement"`
	Marketplace string
	Seller      string
	Reason      string
	Action      *string
	OpenedAt    Instant
	ClosedAt    Instant
}

func (caseRow) TableName() string { return "cases" }

// name is what people quote.
func (r caseRow) name() string { return fmt.Sprintf("C-%d", r.Number) }

// OpenCase implements approvals.Cases.
func (c *Cases) OpenCase(ctx context.Context, key approvals.SellerKey) (approvals.Case, error) {
	var row caseRow
	err := c.db.Read(ctx).Where("marketplace = ? AND seller = ? AND closed_at IS NULL", string(key.Marketplace), string(key.Seller)).
		Order("number DESC").Take(&row).Error
	if err != nil {
		return approvals.Case{}, fmt.Errorf("find a case: %w", Explain(err))
	}
	return approvals.Case{Reason: approvals.CaseReason(row.Reason), Number: row.name()}, nil
}

// openCase opens or joins the case a change asks for and puts its number into
// the change's mails.
func (k core) openCase(tx *Tx, c *approvals.Change) error {
	if c.Case == nil {
		return nil
	}
	number, err := tx.caseNumber(c.Action.SellerKey(), c.Case.Reason, c.Action.ID, c.Event.At)
	if err != nil {
		return err
	}
	c.Mails = inCase(c.Mails, number)
	return nil
}

// inCase returns the mails with this case's number where they have none.
func inCase(mails []approvals.Mail, number string) []approvals.Mail {
	out := make([]approvals.Mail, 0, len(mails))
	for _, m := range mails {
		if m.Case == "" {
			m.Case = number
		}
		out = append(out, m)
	}
	return out
}

// caseNumber returns the number of the seller's open case of this reason,
// opening one if there is none. Two transactions that open it at once end up in
// the same one.
func (tx *Tx) caseNumber(key approvals.SellerKey, reason approvals.CaseReason, id approvals.ActionID, at time.Time) (string, error) {
	for range 2 {
		var open []caseRow
		err := tx.Where("marketplace = ? AND seller = ? AND reason = ? AND closed_at IS NULL", string(key.Marketplace), string(key.Seller), string(reason)).
			Limit(1).Find(&open).Error
		if err != nil {
			return "", fmt.Errorf("find a case: %w", err)
		}
		if len(open) == 1 {
			return open[0].name(), nil
		}
		row := caseRow{Marketplace: string(key.Marketplace), Seller: string(key.Seller), Reason: string(reason), Action: optional(string(id)), OpenedAt: At(at)}
		added := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if added.Error != nil {
			return "", fmt.Errorf("open a case: %w", added.Error)
		}
		if added.RowsAffected == 1 {
			return row.name(), nil
		}
	}
	return "", errAgain
}
