package approvaldb

import (
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// outgoing is what leaves the building because of one step.
type outgoing struct {
	seller    approvals.SellerKey
	action    *approvals.Action // nil for what is about the seller alone
	sequence  int
	at        time.Time
	mails     []approvals.Mail
	webhooks  []string
	endpoints []listener
	about     string        // an endpoint, where it is about one
	policy    *desk.Version // where it is about the policy
}

func ofAction(c approvals.Change, endpoints []listener) outgoing {
	return outgoing{
		seller: c.Action.SellerKey(), action: &c.Action, sequence: c.Action.Version, at: c.Event.At,
		mails: c.Mails, webhooks: c.Webhooks, endpoints: endpoints,
	}
}

// dispatch writes a row for each mail and for each webhook and endpoint that
// wants it, and makes jobs for those that are due. Rows that are due later are
// found by Wake.
func (k core) dispatch(tx *Tx, o outgoing) error {
	due, err := k.addMails(tx, o)
	if err != nil {
		return fmt.Errorf("add mails: %w", err)
	}
	more, err := k.announce(tx, o)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return tx.enqueue(k.enqueuer, append(due, more...))
}

func (k core) addMails(tx *Tx, o outgoing) ([]approvals.Outgoing, error) {
	var rows []mailRow
	var told []noticeMailRow
	var due []approvals.Outgoing
	for _, m := range o.mails {
		row := mailRow{
			ID: k.newID(), Marketplace: string(o.seller.Marketplace), Seller: string(o.seller.Seller), Kind: string(m.Kind),
			Recipient: m.To, Generation: int64(m.Generation), Serial: int64(m.Serial), CaseNumber: m.Case, Created: At(o.at),
			State: string(approvals.MailPending), NextAt: At(m.DueAt), WakeAt: At(m.DueAt),
		}
		if o.action != nil {
			row.Action = optional(string(o.action.ID))
		}
		if dueNow(m.DueAt, o.at) {
			row.WakeAt = At(o.at.Add(approvals.WakeAgain))
			due = append(due, approvals.Outgoing{Kind: approvals.OutgoingMail, ID: row.ID})
		}
		if m.Notice != "" {
			told = append(told, noticeMailRow{Mail: row.ID, Notice: m.Notice})
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if err := add(tx, rows...); err != nil || len(told) == 0 {
		return due, err
	}
	return due, add(tx, told...)
}

// dueNow reports whether an outgoing row is to be worked on at once.
func dueNow(due, now time.Time) bool { return !due.After(now) }
