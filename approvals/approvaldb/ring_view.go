package approvaldb

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// RingViews implements desk.Rings.
type RingViews struct{ core }

var _ desk.Rings = (*RingViews)(nil)

// maxRings is how many rings one page holds at most.
const maxRings = 50

const numberSQL = `INSERT INTO rings (scope, fingerprint, found_at)
SELECT d.scope, d.fingerprint, COALESCE(d.ring_at, d.denied_at) FROM destinations d
WHERE d.scope = @scope AND d.fingerprint = @fp AND NOT EXISTS (SELECT 1 FROM rings r WHERE r.scope = @scope AND r.fingerprint = @fp)`

// number gives a ring the number that people call it by, once. The destination's row
// is locked, so that nobody else does at the same time.
func (tx *Tx) number(scope, fingerprint string) error {
	if err := tx.Exec(numberSQL, map[string]any{"scope": scope, "fp": fingerprint}).Error; err != nil {
		return fmt.Errorf("number a ring: %w", err)
	}
	return nil
}

// ringRow is a ring with what is known of its destination.
type ringRow struct {
	Number             int64
	Scope, Fingerprint string
	Ring               int64
	RingAt, DeniedAt   Instant
	Sellers, Declared  int
	FirstAt, LastAt    Instant
}

// What is counted ends after as many as desk.RingSellers.
const ringSQL = `SELECT r.number, r.scope, r.fingerprint, t.ring, t.ring_at, t.denied_at,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = r.scope AND d.fingerprint = r.fingerprint AND NOT d.declared LIMIT @most) part) AS sellers,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = r.scope AND d.fingerprint = r.fingerprint AND d.declared LIMIT @most) part) AS declared,
  (SELECT min(part.first_at) FROM (SELECT d.first_at FROM destination_sellers d WHERE d.scope = r.scope AND d.fingerprint = r.fingerprint AND NOT d.declared LIMIT @most) part) AS first_at,
  (SELECT max(part.last_at) FROM (SELECT d.last_at FROM destination_sellers d WHERE d.scope = r.scope AND d.fingerprint = r.fingerprint AND NOT d.declared LIMIT @most) part) AS last_at
FROM rings r JOIN destinations t ON t.scope = r.scope AND t.fingerprint = r.fingerprint `

// Rings implements desk.Rings.
func (v *RingViews) Rings(ctx context.Context, before int64, limit int) ([]desk.RingView, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	var out []desk.RingView
	err := v.db.snapshot(ctx, func(db *gorm.DB) error {
		var rows []ringRow
		err := db.Raw(ringSQL+"WHERE r.number < @before AND (t.ring > 0 OR t.denied_at IS NOT NULL) ORDER BY r.number DESC LIMIT @limit",
			map[string]any{"before": before, "limit": min(max(limit, 1), maxRings), "most": desk.RingSellers}).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			view, _, err := v.view(db, row)
			if err != nil {
				return err
			}
			out = append(out, view)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list rings: %w", Explain(err))
	}
	return out, nil
}

// view is a ring, and what waits on it.
func (v *RingViews) view(db *gorm.DB, row ringRow) (desk.RingView, []approvals.Action, error) {
	out := desk.RingView{
		Number: row.Number, Key: approvals.RingKey{Scope: approvals.MarketplaceID(row.Scope), Fingerprint: row.Fingerprint},
		State: desk.RingEnded, Sellers: row.Sellers, Declared: row.Declared, First: row.FirstAt.Time(), Last: row.LastAt.Time(),
	}
	switch {
	case !row.DeniedAt.Time().IsZero():
		out.State, out.Since = desk.RingDenied, row.DeniedAt.Time()
	case row.Ring == int64(approvals.RingFrozen):
		out.State, out.Since = desk.RingFrozen, row.RingAt.Time()
	case row.Ring == int64(approvals.RingReview):
		out.State, out.Since = desk.RingReviewed, row.RingAt.Time()
	}
	waiting, err := v.waiting(db, out.Key)
	if err != nil {
		return out, nil, err
	}
	out.Sellers = max(out.Sellers, sellersOf(waiting)-out.Declared) // a denial everywhere names sellers that are compared elsewhere
	out.Stake = desk.StakeOf(waiting)
	out.Stake.More = len(waiting) == desk.RingSellers
	out.Account, err = v.account(db, out.Key, waiting)
	return out, waiting, err
}

// sellersOf counts sellers; what they wait for is in their order.
func sellersOf(waiting []approvals.Action) int {
	n, last := 0, approvals.SellerKey{}
	for _, a := range waiting {
		if a.SellerKey() != last {
			n, last = n+1, a.SellerKey()
		}
	}
	return n
}

// waiting is what is open on a destination, in the order of sellers.
func (v *RingViews) waiting(db *gorm.DB, key approvals.RingKey) ([]approvals.Action, error) {
	named := db.Where("fingerprint = ? AND "+isOpen, key.Fingerprint)
	if key.Scope != "" {
		named = named.Where("marketplace = ?", string(key.Scope))
	}
	var rows []actionRow
	if err := named.Order("marketplace, seller, id").Limit(desk.RingSellers).Find(&rows).Error; err != nil {
		return nil, err
	}
	return v.actions(rows)
}

func (v *RingViews) actions(rows []actionRow) ([]approvals.Action, error) {
	var out []approvals.Action
	for _, row := range rows {
		a, err := v.action(row)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// account is the destination as people see it: from what waits on it, or from the
// newest request of the first who named it.
func (v *RingViews) account(db *gorm.DB, key approvals.RingKey, waiting []approvals.Action) (string, error) {
	if len(waiting) == 0 {
		var first []struct{ Marketplace, Seller string }
		err := db.Table("destination_sellers").Select("marketplace, seller").Where("scope = ? AND fingerprint = ?", string(key.Scope), key.Fingerprint).
			Order("marketplace, seller").Limit(1).Scan(&first).Error
		if err != nil || len(first) == 0 {
			return "", err
		}
		var rows []actionRow
		err = db.Where("marketplace = ? AND seller = ? AND fingerprint = ?", first[0].Marketplace, first[0].Seller, key.Fingerprint).
			Order("id DESC").Limit(1).Find(&rows).Error
		if err != nil {
			return "", err
		}
		if waiting, err = v.actions(rows); err != nil {
			return "", err
		}
	}
	for _, a := range waiting {
		if to, err := a.Destination(); err == nil && to != nil {
			return to.Masked(), nil
		}
	}
	return "", nil
}

// Ring implements desk.Rings.
func (v *RingViews) Ring(ctx context.Context, number int64) (desk.RingDossier, error) {
	var out desk.RingDossier
	err := v.db.snapshot(ctx, func(db *gorm.DB) error {
		var rows []ringRow
		err := db.Raw(ringSQL+"WHERE r.number = @number", map[string]any{"number": number, "most": desk.RingSellers}).Scan(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return notFound()
		}
		view, waiting, err := v.view(db, rows[0])
		if err != nil {
			return err
		}
		out.RingView = view
		if err := v.members(db, &out, waiting); err != nil {
			return err
		}
		return v.others(db, &out)
	})
	if err != nil {
		return desk.RingDossier{}, fmt.Errorf("load ring %d: %w", number, Explain(err))
	}
	return out, nil
}

// RingOf implements desk.Rings.
func (v *RingViews) RingOf(ctx context.Context, key approvals.RingKey) (desk.RingView, error) {
	var out desk.RingView
	err := v.db.snapshot(ctx, func(db *gorm.DB) error {
		var rows []ringRow
		err := db.Raw(ringSQL+"WHERE r.scope = @scope AND r.fingerprint = @fp",
			map[string]any{"scope": string(key.Scope), "fp": key.Fingerprint, "most": desk.RingSellers}).Scan(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return notFound()
		}
		out, _, err = v.view(db, rows[0])
		return err
	})
	if err != nil {
		return desk.RingView{}, fmt.Errorf("load the ring of a destination: %w", Explain(err))
	}
	return out, nil
}

const membersSQL = `SELECT d.marketplace, d.seller, d.first_at, d.last_at, d.proved_at, d.failed_at, d.disputed_at, d.declared,
  (SELECT c.number FROM cases c WHERE c.marketplace = d.marketplace AND c.seller = d.seller AND c.reason = 'ring' AND c.closed_at IS NULL AND c.fingerprint = d.fingerprint) AS ring_case
FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp ORDER BY d.marketplace, d.seller LIMIT @most`

func (v *RingViews) members(db *gorm.DB, out *desk.RingDossier, waiting []approvals.Action) error {
	var rows []struct {
		Marketplace, Seller                             string
		FirstAt, LastAt, ProvedAt, FailedAt, DisputedAt Instant
		Declared                                        bool
		RingCase                                        *int64
	}
	args := map[string]any{"scope": string(out.Key.Scope), "fp": out.Key.Fingerprint, "most": desk.RingSellers}
	if err := db.Raw(membersSQL, args).Scan(&rows).Error; err != nil {
		return err
	}
	out.More = len(rows) == desk.RingSellers || out.Stake.More
	for _, r := range rows {
		m := desk.RingMember{
			Seller: approvals.SellerKey{Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.Seller)},
			First:  r.FirstAt.Time(), Last: r.LastAt.Time(), Declared: r.Declared, Proved: !r.ProvedAt.Time().IsZero(),
			Vain: r.ProvedAt.Time().IsZero() && !r.FailedAt.Time().IsZero(), Disputed: !r.DisputedAt.Time().IsZero(),
		}
		if r.RingCase != nil {
			m.Case = *r.RingCase
			out.Case = max(out.Case, m.Case)
		}
		out.Members = append(out.Members, m)
	}
	out.Wait(waiting)
	return nil
}

// Each part ends after a few rows: a destination that very many share says nothing.
const othersSQL = `SELECT o.fingerprint, o.marketplace, o.seller FROM
  (SELECT d.marketplace, d.seller FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp ORDER BY d.marketplace, d.seller LIMIT @most) part
  JOIN destination_sellers o ON o.marketplace = part.marketplace AND o.seller = part.seller AND o.scope = @scope
WHERE o.fingerprint <> @fp ORDER BY o.fingerprint, o.marketplace, o.seller LIMIT 2000`

const hubSQL = `SELECT (SELECT r.number FROM rings r WHERE r.scope = @scope AND r.fingerprint = @fp) AS number,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp LIMIT @most) part) AS sellers`

// others finds what else members share: those that most of them do first.
func (v *RingViews) others(db *gorm.DB, out *desk.RingDossier) error {
	var rows []struct{ Fingerprint, Marketplace, Seller string }
	args := map[string]any{"scope": string(out.Key.Scope), "fp": out.Key.Fingerprint, "most": desk.RingSellers}
	if err := db.Raw(othersSQL, args).Scan(&rows).Error; err != nil {
		return err
	}
	by, shared := map[string][]approvals.SellerKey{}, []string{}
	for _, r := range rows {
		by[r.Fingerprint] = append(by[r.Fingerprint], approvals.SellerKey{Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.Seller)})
		if len(by[r.Fingerprint]) == 2 {
			shared = append(shared, r.Fingerprint)
		}
	}
	slices.SortStableFunc(shared, func(a, b string) int { return len(by[b]) - len(by[a]) })
	for _, f := range shared[:min(len(shared), desk.RingOthers)] {
		var hub struct {
			Number  *int64
			Sellers int
		}
		if err := db.Raw(hubSQL, map[string]any{"scope": string(out.Key.Scope), "fp": f, "most": desk.RingHub + 1}).Scan(&hub).Error; err != nil {
			return err
		}
		key := approvals.RingKey{Scope: out.Key.Scope, Fingerprint: f}
		o := desk.RingOther{Sellers: by[f], Hub: hub.Sellers > desk.RingHub}
		if hub.Number != nil {
			o.Number = *hub.Number
		}
		var err error
		if o.Account, err = v.account(db, key, nil); err != nil {
			return err
		}
		out.Others = append(out.Others, o)
	}
	return nil
}
