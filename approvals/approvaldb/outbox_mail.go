package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Outbox implements approvals.Outbox.
type Outbox struct{ core }

type mailRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Action      *string
	Kind        string
	Recipient   string
	Generation  int64
	Serial      int64
	CaseNumber  string
	Created     Instant `gorm:"column:created_at"`
	State       string
	Attempts    int64
	NextAt      Instant
	WakeAt      Instant
	LeasedUntil Instant
	SettledAt   Instant
	Answer      string
}

func (mailRow) TableName() string { return "mails" }

// settlement are the columns that settling a mail writes.
var settlement = []string{"state", "next_at", "wake_at", "leased_until", "settled_at", "answer"}

// TakeMail implements approvals.Outbox.
func (o *Outbox) TakeMail(ctx context.Context, id string, now, until time.Time) (approvals.OutMail, error) {
	var out approvals.OutMail
	err := o.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.lease("mails", id, now, until); err != nil {
			return err
		}
		var row mailRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		var err error
		out, err = o.mail(tx, row)
		return err
	})
	if err != nil {
		return approvals.OutMail{}, fmt.Errorf("take mail %s: %w", id, err)
	}
	return out, nil
}

// lease takes a pending row that is due and that nobody works on.
func (tx *Tx) lease(table, id string, now, until time.Time) error {
	if !wellFormed(id) {
		return approvals.ErrNotDue
	}
	taken := tx.Table(table).
		Where("id = ? AND state = 'pending' AND next_at <= ? AND (leased_until IS NULL OR leased_until <= ?)", id, At(now), At(now)).
		Updates(map[string]any{"attempts": gorm.Expr("attempts + 1"), "leased_until": At(until), "wake_at": At(until)})
	if taken.Error != nil {
		return taken.Error
	}
	if taken.RowsAffected != 1 {
		return approvals.ErrNotDue
	}
	return nil
}

// mail completes a mail with everything its words come from.
func (o *Outbox) mail(tx *Tx, row mailRow) (approvals.OutMail, error) {
	out := approvals.OutMail{
		ID: row.ID, Attempts: int(row.Attempts) - 1,
		Mail: approvals.Mail{
			Kind: approvals.MailKind(row.Kind), To: row.Recipient, Generation: int(row.Generation), Serial: int(row.Serial),
			DueAt: row.NextAt.Time(), Case: row.CaseNumber,
		},
	}
	var err error
	if out.Marketplace, err = findMarketplace(tx.DB, approvals.MarketplaceID(row.Marketplace)); err != nil {
		return out, err
	}
	if row.Action == nil {
		key := approvals.SellerKey{Marketplace: out.Marketplace.ID, Seller: approvals.SellerID(row.Seller)}
		if out.Seller, err = findSeller(tx.DB, tx.DB, key); err == nil && out.Mail.Kind == approvals.MailSecurity {
			out.Notice, err = o.noticeOf(tx, row.ID)
		}
		return out, err
	}
	scope, err := byKey(tx.DB, approvals.ActionKey{Marketplace: out.Marketplace.ID, ID: approvals.ActionID(*row.Action)})
	if err != nil {
		return out, err
	}
	f, err := o.load(tx.DB, scope)
	if err != nil {
		return out, err
	}
	out.Action, out.Seller = &f.action, f.seller
	return out, nil
}

// SettleMail implements approvals.Outbox. A mail that is settled stays so.
func (o *Outbox) SettleMail(ctx context.Context, s approvals.MailSettled) error {
	if !wellFormed(s.ID) {
		return notFound()
	}
	err := o.db.InTx(ctx, func(tx *Tx) error {
		row := mailRow{State: string(s.State), Answer: s.Answer}
		if s.State == approvals.MailPending {
			row.NextAt, row.WakeAt = At(s.NextAt), At(s.NextAt)
		} else {
			row.SettledAt = At(s.At)
		}
		return tx.Model(&mailRow{}).Where("id = ? AND state = 'pending'", s.ID).Select(settlement).Updates(row).Error
	})
	if err != nil {
		return fmt.Errorf("settle mail %s: %w", s.ID, err)
	}
	return nil
}

// settleDone settles the mail whose outcome a change took note of.
func (k core) settleDone(tx *Tx, c approvals.Change) error {
	done := c.MailDone
	if done == nil {
		return nil
	}
	row := mailRow{State: string(done.State), SettledAt: At(done.At), Answer: done.Answer}
	err := tx.Model(&mailRow{}).Where("id = ? AND action = ? AND state = 'pending'", done.ID, string(c.Action.ID)).
		Select(settlement).Updates(row).Error
	if err != nil {
		return fmt.Errorf("settle mail %s: %w", done.ID, err)
	}
	return nil
}

// MailedAt implements approvals.Outbox.
func (o *Outbox) MailedAt(ctx context.Context, key approvals.ActionKey) (time.Time, error) {
	if !wellFormed(string(key.ID)) {
		return time.Time{}, notFound()
	}
	var found []struct{ At Instant }
	err := o.db.Read(ctx).Raw(`SELECT (SELECT max(m.settled_at) FROM mails m WHERE m.action = a.id AND m.state = 'accepted') AS at
		FROM actions a WHERE a.marketplace = ? AND a.id = ?`, string(key.Marketplace), string(key.ID)).Scan(&found).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("look up the mails of action %s: %w", key.ID, Explain(err))
	}
	if len(found) == 0 {
		return time.Time{}, notFound()
	}
	return found[0].At.Time(), nil
}
