package approvalstest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// Two agents of the desk, there since long before anything happens.
const (
	AgentOne = "00000000-0000-7000-8000-0000000a0001"
	AgentTwo = "00000000-0000-7000-8000-0000000a0002"
)

// Staff adds a person of the desk, unless they are there, with all that is random
// about them made of their id's last byte.
func Staff(tx *approvaldb.Tx, id, role string, joined time.Time) error {
	b := []byte(id[len(id)-1:])
	return tx.Exec(`INSERT INTO people (id, role, name, handle, invite_hash, invited_until, created_at, joined_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		id, role, "Person "+id[len(id)-4:], bytes.Repeat(b, 64), bytes.Repeat(b, 32), approvaldb.At(joined.Add(time.Hour)), approvaldb.At(joined), approvaldb.At(joined)).Error
}

// Agree writes by hand that two agents decided this about an action's seller, in a
// case of its own, and, where the verb is about one, about the action as it is.
func Agree(tx *approvaldb.Tx, verb string, a approvals.Action, now time.Time) error {
	for _, id := range []string{AgentOne, AgentTwo} {
		if err := Staff(tx, id, "agent", now.AddDate(0, -1, 0)); err != nil {
			return err
		}
	}
	const open = `INSERT INTO cases (marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) VALUES (?, ?, ?, ?, '', ?, 0)`
	reason := "agreed " + NewID()
	if err := tx.Exec(open, string(a.Marketplace), string(a.Seller), reason, approvaldb.At(now), approvaldb.At(now.Add(time.Hour))).Error; err != nil {
		return err
	}
	var id, generation any
	if verb != "unlock" {
		id, generation = string(a.ID), a.Generation
	}
	decision := NewID()
	const propose = `INSERT INTO decisions (id, case_number, verb, marketplace, seller, lock_epoch, action, generation, sellers, reason, note, facts, proposer, proposed_at, lapses_at, state)
SELECT ?, c.number, ?, s.marketplace, s.id, s.lock_epoch, ?, ?, '[]', 'E1', '', '{}', ?, ?, ?, 'proposed' FROM sellers s JOIN cases c ON c.marketplace = s.marketplace AND c.seller = s.id
WHERE s.marketplace = ? AND s.id = ? AND c.reason = ?`
	err := tx.Exec(propose, decision, verb, id, generation, AgentOne, approvaldb.At(now), approvaldb.At(now.Add(time.Hour)), string(a.Marketplace), string(a.Seller), reason).Error
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE decisions SET state = 'carried_out', decider = ?, decider_reason = 'E1', decider_note = '', decided_at = ? WHERE id = ?",
		AgentTwo, approvaldb.At(now), decision).Error
}

// Agreed is Agree in a transaction of its own.
func (w *World) Agreed(t testing.TB, verb string, a approvals.Action) {
	t.Helper()
	err := w.DB.InTx(context.Background(), func(tx *approvaldb.Tx) error { return Agree(tx, verb, a, w.Clock.Now()) })
	if err != nil {
		t.Fatalf("agree on %s: %v", verb, err)
	}
}
