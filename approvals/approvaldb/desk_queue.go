package approvaldb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// maxQueue is how many lines one page of the queue holds at most.
const maxQueue = 200

// Queue implements desk.CaseReader.
func (k *Desk) Queue(ctx context.Context, q desk.CaseQuery) (lines []desk.CaseLine, err error) {
	err = k.db.snapshot(ctx, func(db *gorm.DB) error {
		scope, found, err := k.queued(db, q)
		if err != nil || !found {
			return err
		}
		var rows []caseRow
		if err := scope.Limit(min(max(q.Limit, 1), maxQueue)).Find(&rows).Error; err != nil {
			return err
		}
		for _, row := range rows {
			lines = append(lines, desk.CaseLine{Case: row.desk()})
		}
		return k.complete(db, lines)
	})
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", Explain(err))
	}
	return lines, nil
}

// queued selects the cases of a query, in their order. found is false where a search
// leads nowhere.
func (k *Desk) queued(db *gorm.DB, q desk.CaseQuery) (scope *gorm.DB, found bool, err error) {
	if scope, found, err = k.searched(db, strings.TrimSpace(q.Search)); err != nil || !found {
		return nil, false, err
	}
	if q.Reason != "" {
		scope = scope.Where("reason = ?", string(q.Reason))
	}
	if q.Owner != "" {
		if !wellFormed(q.Owner) {
			return nil, false, nil
		}
		scope = scope.Where("owner = ?", q.Owner)
	}
	if q.Open {
		scope = scope.Where("closed_at IS NULL")
		if q.After.Number > 0 {
			scope = scope.Where("(decide_by, number) > (?, ?)", At(q.After.At), q.After.Number)
		}
		return scope.Order("decide_by, number"), true, nil
	}
	scope = scope.Where("closed_at IS NOT NULL")
	if q.After.Number > 0 {
		scope = scope.Where("(closed_at, number) < (?, ?)", At(q.After.At), q.After.Number)
	}
	return scope.Order("closed_at DESC, number DESC"), true, nil
}

// searched narrows to a case by its name, or to the cases of a seller, by the
// seller's id or the reference of an action.
func (k *Desk) searched(db *gorm.DB, search string) (*gorm.DB, bool, error) {
	fresh := db.Session(&gorm.Session{NewDB: true})
	if search == "" {
		return fresh, true, nil
	}
	if number := desk.CaseNumber(search); number > 0 {
		return fresh.Where("number = ?", number), true, nil
	}
	var named []actionRow
	if err := db.Select("marketplace", "seller").Where("reference = ?", strings.ToUpper(search)).Limit(1).Find(&named).Error; err != nil {
		return nil, false, err
	}
	if len(named) == 1 {
		return fresh.Where("marketplace = ? AND seller = ?", named[0].Marketplace, named[0].Seller), true, nil
	}
	return fresh.Where("marketplace IN (SELECT id FROM marketplaces) AND seller = ?", search), true, nil
}

// complete adds to lines what is not the case's own.
func (k *Desk) complete(db *gorm.DB, lines []desk.CaseLine) error {
	sellers := map[approvals.MarketplaceID][]string{}
	var numbers []int64
	for _, l := range lines {
		numbers = append(numbers, l.Number)
		if id := string(l.Seller.Seller); !slices.Contains(sellers[l.Seller.Marketplace], id) {
			sellers[l.Seller.Marketplace] = append(sellers[l.Seller.Marketplace], id)
		}
	}
	for m, ids := range sellers {
		if err := k.stakes(db, m, ids, lines); err != nil {
			return err
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	var waiting []decisionRow
	if err := db.Where("case_number IN ? AND state = 'proposed'", numbers).Find(&waiting).Error; err != nil {
		return err
	}
	for _, row := range waiting {
		d, err := row.decision()
		if err != nil {
			return err
		}
		for i := range lines {
			if lines[i].Number == d.Case {
				lines[i].Proposal = &d
			}
		}
	}
	return nil
}

// stakes adds who the sellers are and what waits of them.
func (k *Desk) stakes(db *gorm.DB, m approvals.MarketplaceID, ids []string, lines []desk.CaseLine) error {
	var sellers []sellerRow
	if err := db.Select("marketplace", "id", "name", "locked").Where("marketplace = ? AND id IN ?", string(m), ids).Find(&sellers).Error; err != nil {
		return err
	}
	for _, s := range sellers {
		for i := range lines {
			if lines[i].Seller.Marketplace == m && string(lines[i].Seller.Seller) == s.ID {
				lines[i].SellerName, lines[i].Locked = s.Name, s.Locked
			}
		}
	}
	var open []actionRow
	if err := db.Where("marketplace = ? AND seller IN ? AND "+isOpen, string(m), ids).Order("id").Find(&open).Error; err != nil {
		return err
	}
	for _, row := range open {
		a, err := k.action(row)
		if err != nil {
			return err
		}
		for i := range lines {
			if lines[i].Seller == a.SellerKey() {
				lines[i].AtStake = strings.TrimPrefix(lines[i].AtStake+", "+stake(a), ", ")
				lines[i].Class = worseClass(lines[i].Class, a.Decision.Class)
			}
		}
	}
	return nil
}

// stake is the kind of an action, with its amount where it has one: a defined kind
// has one where it calls it as a loan does.
func stake(a approvals.Action) string {
	text := strings.NewReplacer("_", " ", ".", " ").Replace(string(a.Kind))
	if d := a.Decision.Definition; d != nil {
		text = cmp.Or(d.Name["en"], text)
	}
	var money struct{ Amount, Currency string }
	if (a.Kind == approvals.LoanDisbursement || a.Kind.Defined()) && json.Unmarshal(a.Details, &money) == nil && isMoney(money.Amount, money.Currency) {
		text += " " + money.Amount + " " + money.Currency
	}
	return text
}

// isMoney reports whether these are a sum and nothing else: the fields of a defined
// kind may hold any text.
func isMoney(amount, currency string) bool {
	_, known := approvals.MinorUnits(currency)
	return known && amount != "" && len(amount) <= 24 && strings.Trim(amount, "0123456789.") == ""
}

func worseClass(a, b approvals.Class) approvals.Class {
	order := []approvals.Class{"", approvals.Low, approvals.Medium, approvals.High, approvals.Critical}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
