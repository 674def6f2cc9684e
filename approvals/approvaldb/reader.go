package approvaldb

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Reader implements approvals.Reader.
type Reader struct{ core }

// Action implements approvals.Reader.
func (r *Reader) Action(ctx context.Context, key approvals.ActionKey) (approvals.Action, error) {
	db := r.db.Read(ctx)
	scope, err := byKey(db, key)
	if err != nil {
		return approvals.Action{}, err
	}
	f, err := r.load(db, scope)
	if err != nil {
		return approvals.Action{}, fmt.Errorf("load action %s: %w", key.ID, Explain(err))
	}
	return f.action, nil
}

// ActionByReference implements approvals.Reader. Of two actions with the same
// reference, which chance forbids within a seller's few, it is the newest.
func (r *Reader) ActionByReference(ctx context.Context, key approvals.SellerKey, reference string) (approvals.Action, error) {
	db := r.db.Read(ctx)
	f, err := r.load(db, db.Where("marketplace = ? AND seller = ? AND reference = ?", string(key.Marketplace), string(key.Seller), reference).Order("id DESC"))
	if err != nil {
		return approvals.Action{}, fmt.Errorf("find action %s: %w", reference, Explain(err))
	}
	return f.action, nil
}

// Seller implements approvals.Reader.
func (r *Reader) Seller(ctx context.Context, key approvals.SellerKey) (approvals.Seller, error) {
	db := r.db.Read(ctx)
	s, err := findSeller(db, db, key)
	if err != nil {
		return approvals.Seller{}, fmt.Errorf("load seller: %w", Explain(err))
	}
	return s, nil
}

// Timeline implements approvals.Reader: the moves in the order they were made,
// and among them, by time, what was refused.
func (r *Reader) Timeline(ctx context.Context, key approvals.ActionKey) ([]audit.Event, error) {
	if !wellFormed(string(key.ID)) {
		return nil, notFound()
	}
	events, err := timeline(r.db.Read(ctx), key)
	if err != nil {
		return nil, fmt.Errorf("load the timeline of action %s: %w", key.ID, Explain(err))
	}
	return events, nil
}

func timeline(db *gorm.DB, key approvals.ActionKey) ([]audit.Event, error) {
	var rows, refusals []eventRow
	of := func() *gorm.DB {
		return db.Where("action = ? AND marketplace = ?", string(key.ID), string(key.Marketplace))
	}
	err := of().Where("version IS NOT NULL").Find(&rows).Error
	if err == nil {
		err = of().Where("version IS NULL").Order("id DESC").Limit(maxRefusals).Find(&refusals).Error
	}
	if err != nil {
		return nil, err
	}
	rows = append(rows, refusals...)
	if len(rows) == 0 {
		return nil, notFound() // every action has an event
	}
	var moves, others []audit.Event
	for _, row := range rows {
		e, err := row.event()
		if err != nil {
			return nil, err
		}
		if e.Version > 0 {
			moves = append(moves, e)
		} else {
			others = append(others, e)
		}
	}
	return inOrder(moves, others), nil
}

// maxRefusals is how many refusals, the newest, a timeline holds: whoever sits in
// a session can cause any number of them.
const maxRefusals = 100

// inOrder merges others into moves. A move's version says more than the clock
// of the node that wrote it.
func inOrder(moves, others []audit.Event) []audit.Event {
	slices.SortFunc(moves, func(a, b audit.Event) int { return cmp.Compare(a.Version, b.Version) })
	slices.SortFunc(others, func(a, b audit.Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	out := make([]audit.Event, 0, len(moves)+len(others))
	for _, m := range moves {
		for len(others) > 0 && others[0].At.Before(m.At) {
			out, others = append(out, others[0]), others[1:]
		}
		out = append(out, m)
	}
	return append(out, others...)
}
