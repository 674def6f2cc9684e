package approvalstest

import (
	"context"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
)

// AgreeOn writes by hand that two agents decided this about a seller, in a case of
// its own, and returns the decision's id.
func AgreeOn(tx *approvaldb.Tx, verb string, key approvals.SellerKey, now approvaldb.Instant) (string, error) {
	for _, id := range []string{AgentOne, AgentTwo} {
		if err := Staff(tx, id, "agent", now.Time().AddDate(0, -1, 0)); err != nil {
			return "", err
		}
	}
	reason, decision := "agreed "+NewID(), NewID()
	until := approvaldb.At(now.Time().Add(1 << 40))
	const open = "INSERT INTO cases (marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) VALUES (?, ?, ?, ?, '', ?, 0)"
	if err := tx.Exec(open, string(key.Marketplace), string(key.Seller), reason, now, until).Error; err != nil {
		return "", err
	}
	const propose = `INSERT INTO decisions (id, case_number, verb, marketplace, seller, lock_epoch, sellers, reason, note, facts, proposer, proposed_at, lapses_at, state)
SELECT ?, c.number, ?, s.marketplace, s.id, s.lock_epoch, '[]', 'V1', '', '{}', ?, ?, ?, 'proposed' FROM sellers s JOIN cases c ON c.marketplace = s.marketplace AND c.seller = s.id
WHERE s.marketplace = ? AND s.id = ? AND c.reason = ?`
	if err := tx.Exec(propose, decision, verb, AgentOne, now, until, string(key.Marketplace), string(key.Seller), reason).Error; err != nil {
		return "", err
	}
	return decision, tx.Exec("UPDATE decisions SET state = 'carried_out', decider = ?, decider_reason = 'V2', decider_note = '', decided_at = ? WHERE id = ?",
		AgentTwo, now, decision).Error
}

// Recovering begins a recovery of a seller who has something to replace, now, as two
// agents would have.
func (w *World) Recovering(t testing.TB, key approvals.SellerKey) approvals.Recovery {
	t.Helper()
	seller, err := w.Parts.Reader.Seller(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	var r approvals.Recovery
	err = w.DB.InTx(context.Background(), func(tx *approvaldb.Tx) error {
		now := w.Clock.Now()
		decision, err := AgreeOn(tx, "reset_authenticators", key, approvaldb.At(now))
		if err != nil {
			return err
		}
		r, err = tx.BeginRecovery(seller, decision, audit.Actor{Type: audit.Agent, ID: AgentTwo}, now)
		return err
	})
	if err != nil {
		t.Fatalf("begin a recovery of %v: %v", key, err)
	}
	return r
}

// Opened moves the recoveries that are due, and returns the newest of a seller, which
// must be open.
func (w *World) Opened(t testing.TB, key approvals.SellerKey) approvals.Recovery {
	t.Helper()
	if _, err := w.Service.AdvanceRecoveries(context.Background(), 100); err != nil {
		t.Fatal(err)
	}
	r, err := w.Parts.Recoveries.RecoveryOf(context.Background(), key)
	if err != nil || r.State != approvals.RecoveryOpen {
		t.Fatalf("recovery %+v, %v", r, err)
	}
	return r
}
