package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
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
	Fingerprint string
	DecideBy    Instant
	AnsweredAt  Instant
	Joined      int64
	Owner       *string
	OwnedUntil  Instant
	Outcome     *string
}

func (caseRow) TableName() string { return "cases" }

// caseMoves are the columns of a case that change.
var caseMoves = []string{"closed_at", "decide_by", "answered_at", "owner", "owned_until", "outcome"}

func (r caseRow) desk() desk.Case {
	return desk.Case{
		Number: r.Number, Seller: approvals.SellerKey{Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.Seller)},
		Reason: approvals.CaseReason(r.Reason), Action: approvals.ActionID(given(r.Action)), Fingerprint: r.Fingerprint,
		OpenedAt: r.OpenedAt.Time(), DecideBy: r.DecideBy.Time(), AnsweredAt: r.AnsweredAt.Time(), ClosedAt: r.ClosedAt.Time(),
		Joined: int(r.Joined), Owner: given(r.Owner), OwnedUntil: r.OwnedUntil.Time(), Outcome: given(r.Outcome),
	}
}

// saveCase writes what of a case changes.
func (tx *Tx) saveCase(c desk.Case) error {
	row := caseRow{
		ClosedAt: At(c.ClosedAt), DecideBy: At(c.DecideBy), AnsweredAt: At(c.AnsweredAt), Owner: optional(c.Owner), OwnedUntil: At(c.OwnedUntil),
		Outcome: optional(c.Outcome),
	}
	return oneRow(tx.Model(&caseRow{}).Where("number = ?", c.Number).Select(caseMoves).Updates(row))
}

// OpenCase implements approvals.Cases.
func (c *Cases) OpenCase(ctx context.Context, key approvals.SellerKey) (approvals.Case, error) {
	var row caseRow
	err := c.db.Read(ctx).Where("marketplace = ? AND seller = ? AND closed_at IS NULL", string(key.Marketplace), string(key.Seller)).
		Order("number DESC").Take(&row).Error
	if err != nil {
		return approvals.Case{}, fmt.Errorf("find a case: %w", Explain(err))
	}
	return approvals.Case{Reason: approvals.CaseReason(row.Reason), Number: row.desk().Name()}, nil
}

// openCase opens or joins the case a change asks for and puts its number into
// the change's mails.
func (k core) openCase(tx *Tx, c *approvals.Change, endpoints []listener) error {
	if c.Case == nil {
		return nil
	}
	a := c.Action
	row := caseRow{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Reason: string(c.Case.Reason), Action: optional(string(a.ID)),
		OpenedAt: At(c.Event.At), DecideBy: At(decideBy(c.Event.At, a.DueAt())),
	}
	if a.NamesDestination() {
		row.Fingerprint = a.Fingerprint
	}
	opened, err := k.begin(tx, true, row, c.Event.Actor, endpoints)
	if err != nil {
		return err
	}
	c.Mails = inCase(c.Mails, opened.Name())
	return nil
}

// decideBy is by when a case is to be answered: in a day, or before time moves the
// action that it stops.
func decideBy(at, due time.Time) time.Time {
	by := at.Add(desk.AnswerWithin)
	if due.After(at) && due.Before(by) {
		return due
	}
	return by
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

// begin opens a case, or joins the seller's open one of this reason, of a ring the one
// about this destination. Two transactions that open it at once end up in the same one. What happened has its event, and the
// marketplace is told of a new one. Where nothing is fresh about the trouble, an open
// case stays as it is.
func (k core) begin(tx *Tx, fresh bool, row caseRow, by audit.Actor, endpoints []listener) (desk.Case, error) {
	for range 2 {
		var open []caseRow
		same := tx.Lock().Where("marketplace = ? AND seller = ? AND reason = ? AND closed_at IS NULL", row.Marketplace, row.Seller, row.Reason)
		if row.Reason == string(approvals.CaseRing) {
			same = same.Where("fingerprint = ?", row.Fingerprint)
		}
		if err := same.Limit(1).Find(&open).Error; err != nil {
			return desk.Case{}, fmt.Errorf("find a case: %w", err)
		}
		if len(open) == 1 && !fresh {
			return open[0].desk(), nil
		}
		if len(open) == 1 {
			return k.join(tx, open[0], row.OpenedAt.Time(), by)
		}
		added := row
		done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&added)
		if done.Error != nil {
			return desk.Case{}, fmt.Errorf("open a case: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			return k.opened(tx, added.desk(), by, endpoints)
		}
	}
	return desk.Case{}, errAgain
}

func (k core) opened(tx *Tx, c desk.Case, by audit.Actor, endpoints []listener) (desk.Case, error) {
	if err := k.recordCase(tx, desk.CaseEvent(c, "open_case", by, c.OpenedAt)); err != nil {
		return desk.Case{}, err
	}
	if c.Reason == approvals.CaseRecovery { // the seller learns of it, whoever asked
		if err := k.recordCase(tx, desk.CaseEvent(c, "recovery_asked", by, c.OpenedAt)); err != nil {
			return desk.Case{}, err
		}
		if err := tx.NotifySeller(c.Seller, approvals.SecurityNotice{What: approvals.SecurityRecoveryAsked, At: c.OpenedAt}); err != nil {
			return desk.Case{}, err
		}
	}
	return c, k.dispatch(tx, outgoing{seller: c.Seller, at: c.OpenedAt, webhooks: []string{"case.opened"}, endpoints: endpoints})
}

// join adds fresh trouble to an open case.
func (k core) join(tx *Tx, row caseRow, at time.Time, by audit.Actor) (desk.Case, error) {
	row.Joined++
	if err := oneRow(tx.Model(&caseRow{}).Where("number = ?", row.Number).Update("joined", row.Joined)); err != nil {
		return desk.Case{}, fmt.Errorf("join a case: %w", err)
	}
	c := row.desk()
	return c, k.recordCase(tx, desk.CaseEvent(c, "join_case", by, at))
}

func (k core) recordCase(tx *Tx, e audit.Event) error {
	e.ID = k.newID()
	return tx.Record(e)
}
