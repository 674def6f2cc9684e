package approvaldb

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
)

type noteRow struct {
	ID         string `gorm:"primaryKey"`
	CaseNumber int64
	Person     string
	Note       string
	WrittenAt  Instant
}

func (noteRow) TableName() string { return "case_notes" }

type revealRow struct {
	ID         string `gorm:"primaryKey"`
	CaseNumber int64
	Field      string
	Action     *string
	Reason     string
	Person     string
	RevealedAt Instant
}

func (revealRow) TableName() string { return "reveals" }

// Work implements desk.CaseStore.
func (k *Desk) Work(ctx context.Context, number int64, person string, step func(desk.Case, desk.Person) (desk.CaseWork, error)) (c desk.Case, err error) {
	err = k.db.InTx(ctx, func(tx *Tx) error {
		var row caseRow
		if err := tx.Lock().Where("number = ?", number).Take(&row).Error; err != nil {
			return fmt.Errorf("load a case: %w", err)
		}
		p, err := who(tx.share(), person)
		if err != nil {
			return err
		}
		w, err := step(row.desk(), p)
		if err != nil {
			return err
		}
		if c = w.Case; w.Note != nil {
			note := noteRow{ID: w.Note.ID, CaseNumber: number, Person: person, Note: w.Note.Text, WrittenAt: At(w.Note.At)}
			if err := tx.Create(&note).Error; err != nil {
				return fmt.Errorf("save a note: %w", err)
			}
		}
		if w.Event.Verb != "" {
			if err := k.recordCase(tx, w.Event); err != nil {
				return err
			}
		}
		return tx.saveCase(w.Case)
	})
	return c, err
}

// Reveal implements desk.CaseStore.
func (k *Desk) Reveal(ctx context.Context, number int64, r desk.Reveal, step func(desk.RevealScene) (desk.RevealWork, error)) error {
	return k.db.InTx(ctx, func(tx *Tx) error {
		var row caseRow
		if err := tx.Lock().Where("number = ?", number).Take(&row).Error; err != nil {
			return fmt.Errorf("load a case: %w", err)
		}
		s := desk.RevealScene{Case: row.desk()}
		var err error
		if s.Person, err = who(tx.Lock(), r.By); err != nil {
			return err
		}
		if err := k.revealed(tx, &s, r); err != nil {
			return err
		}
		w, err := step(s)
		if err != nil {
			return err
		}
		line := revealRow{ID: r.ID, CaseNumber: number, Field: string(r.Field), Action: optional(string(r.Action)), Reason: string(r.Why), Person: r.By, RevealedAt: At(r.At)}
		if err := tx.Create(&line).Error; err != nil {
			return fmt.Errorf("save a reveal: %w", err)
		}
		if err := k.recordCase(tx, w.Event); err != nil {
			return err
		}
		if w.Notice != nil {
			if err := tx.NotifySeller(s.Seller.SellerKey, *w.Notice); err != nil {
				return err
			}
		}
		return tx.saveCase(w.Case)
	})
}

// revealed reads what a reveal is made on.
func (k *Desk) revealed(tx *Tx, s *desk.RevealScene, r desk.Reveal) error {
	if err := k.shown(tx, s, r); err != nil {
		return err
	}
	since := At(r.At.Add(-desk.RevealSpan))
	var count, told int64
	err := tx.Model(&revealRow{}).Where("person = ? AND revealed_at > ?", r.By, since).Count(&count).Error
	if err == nil {
		err = tx.Model(&revealRow{}).Where("case_number = ? AND revealed_at > ?", s.Case.Number, since).Count(&told).Error
	}
	if err != nil {
		return fmt.Errorf("count reveals: %w", err)
	}
	s.Count, s.Told = int(count), told > 0
	return nil
}

// shown reads the seller and the action that a reveal shows.
func (k *Desk) shown(tx *Tx, s *desk.RevealScene, r desk.Reveal) (err error) {
	if s.Seller, err = findSeller(tx.DB, tx.DB, s.Case.Seller); err != nil || r.Action == "" {
		return err
	}
	scope, err := byKey(tx.DB, approvals.ActionKey{Marketplace: s.Case.Seller.Marketplace, ID: r.Action})
	if err != nil {
		return err
	}
	f, err := k.load(tx.DB, scope.Where("seller = ?", string(s.Case.Seller.Seller)))
	if err != nil {
		return fmt.Errorf("load action %s: %w", r.Action, err)
	}
	s.Action = &f.action
	return nil
}

// Revealed implements desk.CaseReader.
func (k *Desk) Revealed(ctx context.Context, id string) (r desk.Reveal, s desk.RevealScene, err error) {
	if !wellFormed(id) {
		return r, s, notFound()
	}
	err = k.db.InTx(ctx, func(tx *Tx) error {
		var row revealRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		r = desk.Reveal{
			ID: row.ID, Case: row.CaseNumber, Field: desk.RevealField(row.Field), Action: approvals.ActionID(given(row.Action)),
			Why: desk.Reason(row.Reason), By: row.Person, At: row.RevealedAt.Time(),
		}
		var about caseRow
		if err := tx.Where("number = ?", row.CaseNumber).Take(&about).Error; err != nil {
			return err
		}
		s.Case = about.desk()
		var err error
		if s.Person, err = who(tx.DB, r.By); err != nil {
			return err
		}
		if err := k.shown(tx, &s, r); err != nil {
			return err
		}
		var count int64
		err = tx.Model(&revealRow{}).Where("person = ? AND revealed_at > ?", r.By, At(r.At.Add(-desk.RevealSpan))).Count(&count).Error
		s.Count = int(count)
		return err
	})
	return r, s, err
}

// Counts implements desk.CaseReader.
func (k *Desk) Counts(ctx context.Context, person string, now time.Time) (c desk.Counts, err error) {
	db := k.db.Read(ctx)
	const counts = `SELECT count(*) AS open, COALESCE(sum(CASE WHEN owner IS NULL OR owned_until <= @now THEN 1 ELSE 0 END), 0) AS unclaimed,
  COALESCE(sum(CASE WHEN decide_by <= @now THEN 1 ELSE 0 END), 0) AS overdue, COALESCE(max(number), 0) AS newest FROM cases WHERE closed_at IS NULL`
	if err := db.Raw(counts, map[string]any{"now": At(now)}).Scan(&c).Error; err != nil {
		return c, fmt.Errorf("count cases: %w", Explain(err))
	}
	q := db.Model(&decisionRow{}).Where("state = 'proposed' AND lapses_at > ?", At(now))
	if wellFormed(person) {
		q = q.Where("proposer <> ?", person)
	}
	if err := q.Count(&c.ToDecide).Error; err != nil {
		return c, fmt.Errorf("count proposals: %w", Explain(err))
	}
	return c, nil
}
