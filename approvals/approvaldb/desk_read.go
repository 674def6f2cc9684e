package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// Dossier implements desk.CaseReader.
func (k *Desk) Dossier(ctx context.Context, number int64, now time.Time) (d desk.Dossier, err error) {
	err = k.db.snapshot(ctx, func(db *gorm.DB) error {
		var row caseRow
		if err := db.Where("number = ?", number).Take(&row).Error; err != nil {
			return err
		}
		s := desk.Scene{}
		var err error
		if s.Seller, err = findSeller(db, db, row.desk().Seller); err != nil {
			return err
		}
		d = desk.Dossier{Seller: s.Seller}
		if err := k.actionsOf(db, &d, &s, row); err != nil {
			return err
		}
		if err := k.setting(db, db, &s, desk.Look{Case: number, Now: now}); err != nil {
			return err
		}
		d.Case, d.Facts, d.Others, d.May, d.Blocked = s.Case, s.Facts, s.Others, s.May(), s.Blocked
		if d.Recovery, err = newestRecovery(db, d.Seller.SellerKey); err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		for _, p := range s.Proposals {
			if p.Case == number && now.Before(p.LapsesAt) {
				d.Proposal = &p
			}
		}
		return k.papers(db, &d)
	})
	if err != nil {
		return desk.Dossier{}, fmt.Errorf("read case C-%d: %w", number, Explain(err))
	}
	return d, nil
}

// actionsOf reads the seller's open actions, and the one that opened the case.
func (k *Desk) actionsOf(db *gorm.DB, d *desk.Dossier, s *desk.Scene, row caseRow) error {
	var ids []string
	err := db.Model(&actionRow{}).Where("marketplace = ? AND seller = ? AND "+isOpen, row.Marketplace, row.Seller).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return err
	}
	open := len(ids)
	if own := given(row.Action); own != "" && !slices.Contains(ids, own) {
		ids = append(ids, own)
	}
	for i, id := range ids {
		f, err := k.load(db, db.Where("marketplace = ? AND id = ?", row.Marketplace, id))
		if err != nil {
			return fmt.Errorf("load action %s: %w", id, err)
		}
		if d.Actions = append(d.Actions, f.action); i < open {
			s.Actions = append(s.Actions, f.action)
		}
	}
	return nil
}

// papers reads what was written about a case: events, notes, decisions, mails.
func (k *Desk) papers(db *gorm.DB, d *desk.Dossier) error {
	var made []decisionRow
	if err := db.Where("case_number = ?", d.Case.Number).Order("id DESC").Limit(maxList).Find(&made).Error; err != nil {
		return err
	}
	var err error
	if d.Decisions, err = decisions(made); err != nil {
		return err
	}
	var notes []noteRow
	if err := db.Where("case_number = ?", d.Case.Number).Order("id DESC").Limit(maxList).Find(&notes).Error; err != nil {
		return err
	}
	for _, n := range slices.Backward(notes) { // of many the newest, read from the oldest on
		d.Notes = append(d.Notes, desk.Note{ID: n.ID, Case: n.CaseNumber, By: n.Person, Text: n.Note, At: n.WrittenAt.Time()})
	}
	if err := k.events(db, d); err != nil {
		return err
	}
	return k.mailsOf(db, d)
}

// events reads what happened to the seller and to the actions, the newest first.
func (k *Desk) events(db *gorm.DB, d *desk.Dossier) error {
	var rows []eventRow
	err := db.Where("marketplace = ? AND seller = ? AND action IS NULL AND verb <> 'handoff_seller'", string(d.Seller.Marketplace), string(d.Seller.SellerKey.Seller)).
		Order("id DESC").Limit(maxList).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		e, err := row.event()
		if err != nil {
			return err
		}
		d.Events = append(d.Events, e)
	}
	for _, a := range d.Actions {
		all, err := timeline(db, a.Key())
		if err != nil {
			return err
		}
		d.Events = append(d.Events, all...)
	}
	slices.SortStableFunc(d.Events, func(a, b audit.Event) int {
		if byTime := b.At.Compare(a.At); byTime != 0 {
			return byTime
		}
		return strings.Compare(b.ID, a.ID)
	})
	return nil
}

// mailsOf reads what became of the mails about the actions, and of the newest
// security notices, the newest first.
func (k *Desk) mailsOf(db *gorm.DB, d *desk.Dossier) error {
	var ids []string
	for _, a := range d.Actions {
		ids = append(ids, string(a.ID))
	}
	var rows, more []mailRow
	if len(ids) > 0 {
		if err := db.Where("action IN ?", ids).Order("id DESC").Limit(maxList).Find(&rows).Error; err != nil {
			return err
		}
	}
	var notices []string
	err := db.Raw("SELECT m.mail FROM notice_mails m JOIN security_notices n ON n.id = m.notice WHERE n.marketplace = ? AND n.seller = ? ORDER BY n.occurred_at DESC LIMIT 20",
		string(d.Seller.Marketplace), string(d.Seller.SellerKey.Seller)).Scan(&notices).Error
	if err != nil {
		return err
	}
	if len(notices) > 0 {
		if err := db.Where("id IN ?", notices).Find(&more).Error; err != nil {
			return err
		}
	}
	for _, m := range append(rows, more...) {
		d.Mails = append(d.Mails, desk.MailFact{
			Kind: approvals.MailKind(m.Kind), To: m.Recipient, Action: approvals.ActionID(given(m.Action)), CreatedAt: m.Created.Time(),
			SettledAt: m.SettledAt.Time(), State: approvals.MailState(m.State), Answer: m.Answer,
		})
	}
	slices.SortStableFunc(d.Mails, func(a, b desk.MailFact) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return nil
}
