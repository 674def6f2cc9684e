package approvaldb

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/approvals"
)

// create saves the change that makes a new action.
func (k core) create(tx *Tx, c approvals.Change, endpoints []listener) (approvals.Action, error) {
	row, err := k.newRow(c.Action)
	if err != nil {
		return approvals.Action{}, err
	}
	if err := add(tx, row); err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.addNotices(c.Action); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.askApproval(approvals.Action{}, c.Action); err != nil {
		return approvals.Action{}, err
	}
	if err := k.addPush(tx, c); err != nil {
		return approvals.Action{}, err
	}
	return k.attend(tx, approvals.Action{}, c, endpoints)
}

// save saves a change of the action in f, if it is one, whole or not at all.
// What the schema's rules look at is written before the action: proofs, notices
// and what came of an attempt. What they compare with the action comes after it:
// claim, attempt and event.
func (k core) save(tx *Tx, f family, c approvals.Change) (approvals.Action, error) {
	if !c.Changed(f.action) {
		return f.action, nil
	}
	if err := k.settleDone(tx, c); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.addProof(c.Proof); err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.askApproval(f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.changeNotices(f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.endAttempt(f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	row, err := moveRow(c.Action)
	if err != nil {
		return approvals.Action{}, err
	}
	written := tx.Model(&actionRow{}).
		Where("marketplace = ? AND id = ? AND version = ?", string(f.action.Marketplace), string(f.action.ID), f.action.Version).
		Select(actionMoves).Updates(row)
	if err := oneRow(written); err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.addClaim(c); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.openAttempt(f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	if err := k.schedulePush(tx, f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	if c.Seller != nil {
		if err := tx.saveSeller(f.seller, *c.Seller); err != nil {
			return approvals.Action{}, fmt.Errorf("save seller: %w", err)
		}
	}
	return k.attend(tx, f.action, c, f.endpoints)
}

// attend saves all that a change brings with it besides the action's own row:
// the event, links, a case, what leaves the building, the answer, and what
// takes part in it.
func (k core) attend(tx *Tx, before approvals.Action, c approvals.Change, endpoints []listener) (approvals.Action, error) {
	c.Action = stored(c.Action)
	if c.Event.ID == "" {
		c.Event.ID = k.newID()
	}
	for _, save := range []func() error{
		func() error { return tx.Record(c.Event) },
		func() error { return tx.changeLinks(c) },
		func() error { return k.openCase(tx, &c, endpoints) },
		func() error { return k.dispatch(tx, ofAction(c, endpoints)) },
		func() error { return k.addSightings(tx, c) },
		func() error { return k.evidence(tx, before, c) },
		func() error { return tx.learnPlaces(c) },
		func() error { return k.addAnswer(tx, c.Answer) },
		func() error { return k.takePart(tx, before, c.Action) },
	} {
		if err := save(); err != nil {
			return approvals.Action{}, err
		}
	}
	return c.Action, nil
}

func (k core) takePart(tx *Tx, before, after approvals.Action) error {
	if k.effect == nil {
		return nil
	}
	return k.effect(tx, before, after)
}

// conflict names what a unique key refused.
func conflict(err error) error {
	switch {
	case !errors.Is(err, gorm.ErrDuplicatedKey):
		return err
	case Duplicate(err, "actions_one_open", "actions.marketplace", "actions.seller", "actions.kind"):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeOpen), err)
	case Duplicate(err, "proofs_spent", "proofs.spent"),
		Duplicate(err, "proofs_pkey", "proofs.id"),
		Duplicate(err, "proofs_once", "proofs.action", "proofs.generation", "proofs.stage"),
		Duplicate(err, "approver_proofs_spent", "approver_proofs.spent"),
		Duplicate(err, "approver_proofs_pkey", "approver_proofs.id"),
		Duplicate(err, "approver_proofs_once", "approver_proofs.action", "approver_proofs.generation"):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeProofSpent), err)
	case Duplicate(err, "answers_pkey", "answers.marketplace", "answers.key"):
		return fmt.Errorf("%w: %w", approvals.ErrDuplicateAnswer, err)
	}
	return err
}
