package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// Decide implements desk.CaseStore.
func (k *Desk) Decide(ctx context.Context, look desk.Look, step func(desk.Scene) (desk.Ruling, error)) (r desk.Ruling, err error) {
	err = k.db.InTx(ctx, func(tx *Tx) error {
		s, err := k.stage(tx, look)
		if err != nil {
			return err
		}
		if r, err = step(s.Scene); err != nil {
			return err
		}
		return k.rule(tx, s, r)
	})
	return r, err
}

// rule saves a ruling. What the schema's rules look at comes first: the decision
// stands before what it permits.
func (k *Desk) rule(tx *Tx, s staged, r desk.Ruling) error {
	for _, d := range r.Ended {
		if err := tx.answerDecision(d); err != nil {
			return fmt.Errorf("end proposal %s: %w", d.ID, err)
		}
	}
	if r.Case != nil {
		if err := tx.saveDecision(s.Scene, r.Decision); err != nil {
			return err
		}
	}
	if r.Decision.State == desk.CarriedOut {
		if err := k.carryOut(tx, s, r); err != nil {
			return err
		}
	}
	for _, e := range r.Events {
		if err := k.recordCase(tx, e); err != nil {
			return err
		}
	}
	if r.Case == nil {
		return nil
	}
	return k.saveCases(tx, s, r)
}

// saveDecision writes a new decision, or the answer to the one that was asked.
func (tx *Tx) saveDecision(s desk.Scene, d desk.Decision) error {
	if s.Asked != nil {
		return tx.answerDecision(d)
	}
	row, err := newDecisionRow(d)
	if err != nil {
		return err
	}
	err = tx.Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeProposalOpen), err)
	}
	return err
}

// carryOut does what was decided to the seller, the actions, a recovery and a
// destination.
func (k *Desk) carryOut(tx *Tx, s staged, r desk.Ruling) error {
	if r.Seller != nil {
		store := &Store{k.core}
		if err := store.saveSellerChange(tx, s.Seller, s.families, *r.Seller); err != nil {
			return fmt.Errorf("carry out decision %s: %w", r.Decision.ID, err)
		}
	}
	if err := tx.recover(r.Decision, s.Seller); err != nil {
		return fmt.Errorf("carry out decision %s: %w", r.Decision.ID, err)
	}
	if r.Word != nil {
		if err := k.speak(tx, r.Decision, *r.Word); err != nil {
			return fmt.Errorf("carry out decision %s: %w", r.Decision.ID, err)
		}
	}
	for _, said := range r.Said {
		if err := tx.NotifySeller(said.Seller, said.Notice); err != nil {
			return fmt.Errorf("tell a seller of decision %s: %w", r.Decision.ID, err)
		}
	}
	return nil
}

// saveCases writes the case and those that end with it, and tells the marketplace of
// the ends.
func (k *Desk) saveCases(tx *Tx, s staged, r desk.Ruling) error {
	var ends []string
	for _, c := range append([]desk.Case{*r.Case}, r.Closed...) {
		if err := tx.saveCase(c); err != nil {
			return fmt.Errorf("save case %s: %w", c.Name(), err)
		}
		if !c.Open() {
			ends = append(ends, "case.closed")
		}
	}
	if len(ends) == 0 {
		return nil
	}
	endpoints, err := tx.endpoints(s.Seller.Marketplace)
	if err != nil {
		return err
	}
	return k.dispatch(tx, outgoing{seller: s.Seller.SellerKey, at: r.Case.ClosedAt, webhooks: ends, endpoints: endpoints})
}

// speak says what was decided about a destination.
func (k *Desk) speak(tx *Tx, d desk.Decision, w approvals.Word) error {
	words := &Words{k.core}
	switch d.Verb {
	case desk.DenyDestination:
		return words.say(tx, w, w.Event("destination_denied"), tx.deny)
	case desk.AllowDestination:
		return words.say(tx, w, w.Event("destination_allowed"), tx.allow)
	case desk.EndRing:
		return words.say(tx, w, w.Event("ring_freed"), tx.free)
	case desk.FreezeRing:
		return words.say(tx, w, w.Event("ring_frozen"), tx.freeze)
	case desk.DeclareShared:
		return words.declare(tx, w, d.Sellers, true, w.Event("destination_declared"))
	case desk.Split:
		return words.declare(tx, w, d.Sellers, false, w.Event("destination_undeclared"))
	default: // of no destination
		return nil
	}
}

// Lapsing implements desk.CaseStore.
func (k *Desk) Lapsing(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := k.db.Read(ctx).Model(&decisionRow{}).Where("state = 'proposed' AND lapses_at <= ?", At(now)).Order("lapses_at").Limit(limit).Pluck("id", &ids).Error
	return ids, Explain(err)
}

// Refuse implements desk.CaseStore.
func (k *Desk) Refuse(ctx context.Context, e audit.Event) error {
	return k.db.InTx(ctx, func(tx *Tx) error { return k.recordCase(tx, e) })
}
