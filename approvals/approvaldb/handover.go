package approvaldb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// Shift implements desk.Shift.
type Shift struct{ core }

var _ desk.Shift = (*Shift)(nil)

// waitingCase is an open case, as a handover needs it.
type waitingCase struct {
	Number                                     int64
	Marketplace, Seller, Reason                string
	Owner                                      *string
	OpenedAt, AnsweredAt, DecideBy, OwnedUntil Instant
}

func (w waitingCase) of() desk.Case {
	return desk.Case{
		Number: w.Number, Seller: approvals.SellerKey{Marketplace: approvals.MarketplaceID(w.Marketplace), Seller: approvals.SellerID(w.Seller)},
		Reason: approvals.CaseReason(w.Reason), OpenedAt: w.OpenedAt.Time(), AnsweredAt: w.AnsweredAt.Time(), DecideBy: w.DecideBy.Time(),
		Owner: given(w.Owner), OwnedUntil: w.OwnedUntil.Time(),
	}
}

// begun is before every time there is.
var begun = At(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC))

func openCases(db *gorm.DB) ([]desk.Case, error) {
	var rows []waitingCase
	err := db.Table("cases").Select("number", "marketplace", "seller", "reason", "owner", "opened_at", "answered_at", "decide_by", "owned_until").
		Where("closed_at IS NULL AND decide_by > ?", begun).Order("decide_by, number").Limit(desk.HandoverOpen).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]desk.Case, 0, len(rows))
	for _, row := range rows {
		out = append(out, row.of())
	}
	return out, nil
}

// Handover implements desk.Shift.
func (s *Shift) Handover(ctx context.Context, person string, people []string, now time.Time) (desk.Handover, error) {
	var out desk.Handover
	err := s.db.snapshot(ctx, func(db *gorm.DB) error {
		open, err := openCases(db)
		if err != nil {
			return err
		}
		out.More = len(open) == desk.HandoverOpen
		out.Sort(open, person, now)
		if out.Lapsing, err = lapsing(db); err != nil {
			return err
		}
		if out.Reveals, err = revealers(db, people, now); err != nil {
			return err
		}
		out.Week, out.Month, err = pace(db, open, now)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read a handover: %w", Explain(err))
	}
	return out, nil
}

func lapsing(db *gorm.DB) ([]desk.Lapsing, error) {
	var rows []struct {
		CaseNumber     int64
		Verb, Proposer string
		LapsesAt       Instant
	}
	err := db.Table("decisions").Select("case_number", "verb", "proposer", "lapses_at").
		Where("state = 'proposed' AND lapses_at > ?", begun).Order("lapses_at").Limit(50).Find(&rows).Error
	var out []desk.Lapsing
	for _, r := range rows {
		out = append(out, desk.Lapsing{Case: r.CaseNumber, Verb: desk.CaseVerb(r.Verb), Proposer: r.Proposer, LapsesAt: r.LapsesAt.Time()})
	}
	return out, err
}

// revealers are the people who were shown something in 24 hours.
func revealers(db *gorm.DB, people []string, now time.Time) ([]desk.Revealer, error) {
	var out []desk.Revealer
	for _, person := range people {
		if !wellFormed(person) {
			continue
		}
		var n int64
		err := db.Table("reveals").Where("person = ? AND revealed_at > ?", person, At(now.Add(-24*time.Hour))).Count(&n).Error
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, desk.Revealer{Person: person, Times: int(n)})
		}
	}
	slices.SortStableFunc(out, func(a, b desk.Revealer) int { return cmp.Compare(b.Times, a.Times) })
	return out, nil
}

// Pace implements desk.Shift.
func (s *Shift) Pace(ctx context.Context, now time.Time) (week, month desk.Pace, err error) {
	err = s.db.snapshot(ctx, func(db *gorm.DB) error {
		open, err := openCases(db)
		if err == nil {
			week, month, err = pace(db, open, now)
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("read how fast cases are answered: %w", Explain(err))
	}
	return week, month, err
}

const servedSQL = `SELECT c.opened_at, c.answered_at, c.closed_at,
  EXISTS (SELECT 1 FROM cases n WHERE n.marketplace = c.marketplace AND n.seller = c.seller AND n.number > c.number AND n.reason = c.reason) AS again
FROM cases c WHERE c.closed_at IS NOT NULL AND c.closed_at >= @since ORDER BY c.closed_at DESC, c.number DESC LIMIT @limit`

func pace(db *gorm.DB, open []desk.Case, now time.Time) (week, month desk.Pace, err error) {
	var rows []struct {
		OpenedAt, AnsweredAt, ClosedAt Instant
		Again                          bool
	}
	args := map[string]any{"since": At(now.AddDate(0, 0, -30)), "limit": desk.HandoverClosed}
	if err := db.Raw(servedSQL, args).Scan(&rows).Error; err != nil {
		return week, month, err
	}
	all := make([]desk.Served, 0, len(rows)+len(open))
	for _, r := range rows {
		all = append(all, desk.Served{OpenedAt: r.OpenedAt.Time(), AnsweredAt: r.AnsweredAt.Time(), ClosedAt: r.ClosedAt.Time(), Again: r.Again})
	}
	for _, c := range open {
		all = append(all, desk.Served{OpenedAt: c.OpenedAt, AnsweredAt: c.AnsweredAt})
	}
	return desk.PaceOf(all, now, 7), desk.PaceOf(all, now, 30), nil
}
