package approvaldb_test

import (
	"bytes"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// agreeing is where shortcuts about another person start: an action that needs
// one, with its window open.
const agreeing approvals.State = "needs another person"

// ofPerson runs a statement about the approver of the action's seller.
func ofPerson(sql string, args ...any) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec(sql, append(args, string(a.Marketplace), string(a.Seller))...).Error
	}
}

// then runs one thing after another, of which the first must succeed.
func then(first, next func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := first(w, tx, a); err != nil {
			return errUndo // a set-up that fails is not a refusal
		}
		return next(w, tx, a)
	}
}

// agreed inserts a proof of the seller's approver, made some time after the window
// opened.
func agreed(after time.Duration) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec("INSERT INTO approver_proofs (generation, digest, evidence, spent, proved_at, id, action, approver)"+
			" SELECT ?, a.digest, ?, ?, ?, ?, a.id, p.id FROM actions a JOIN approvers p ON p.marketplace = a.marketplace AND p.seller = a.seller WHERE a.id = ?",
			a.Generation, bytes.Clone([]byte("{}")), "spent/"+approvalstest.NewID(), approvaldb.At(a.NotBefore.Add(after)), approvalstest.NewID(), string(a.ID)).Error
	}
}

// invited inserts an approver who comes by this action.
func invited(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
	return tx.Exec("INSERT INTO approvers (id, marketplace, seller, name, email, invited_at, invited_until) VALUES (?, ?, ?, 'Eve', 'eve@evil.example', ?, ?)",
		string(a.ID), string(a.Marketplace), string(a.Seller), approvaldb.At(a.MovedAt), approvaldb.At(a.MovedAt.Add(time.Hour))).Error
}

const hisRow = " WHERE marketplace = ? AND seller = ?"

var approverShortcuts = []shortcut{
	{"approved without the other person", agreeing, move(approvals.Approved, func(*approvals.Action) {})},
	{"the other person's proof before the window", agreeing, agreed(-time.Hour)},
	{"the other person's proof after the window", agreeing, agreed(approvals.ConfirmWindow + time.Hour)},
	{"the other person's proof changed", agreeing, then(agreed(time.Minute), statement("UPDATE approver_proofs SET spent = 'other' WHERE action = ?"))},
	{"the other person's proof deleted", agreeing, then(agreed(time.Minute), statement("DELETE FROM approver_proofs WHERE action = ?"))},
	{"what was asked for moved", agreeing, statement("UPDATE approvals_asked SET generation = 9 WHERE action = ?")},
	{"what was asked for taken back", agreeing, statement("DELETE FROM approvals_asked WHERE action = ?")},
	{"a person who comes by another action", agreeing, invited},
	{"a person's address changed", agreeing, ofPerson("UPDATE approvers SET email = 'eve@evil.example'" + hisRow)},
	{"a person's time to count moved", agreeing, ofPerson("UPDATE approvers SET usable_from = invited_until" + hisRow)},
	{"a person removed without an action", agreeing, ofPerson("UPDATE approvers SET removed_at = joined_at" + hisRow)},
	{"a person deleted", agreeing, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := tx.Exec("DELETE FROM approver_links WHERE approver IN (SELECT id FROM approvers"+hisRow+")", string(a.Marketplace), string(a.Seller)).Error; err != nil {
			return errUndo
		}
		return tx.Exec("DELETE FROM approvers"+hisRow, string(a.Marketplace), string(a.Seller)).Error
	}},
	{"a person's link made longer", agreeing, statement("UPDATE approver_links SET serial = 99 WHERE action = ?")},
}
