package approvaldb_test

import (
	"bytes"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// recoveryShortcuts are ways around the calendar of a recovery, and around its two
// people.
var recoveryShortcuts = []shortcut{
	{"a recovery that two agreed on something else about", approvals.AwaitingStepUp, recovering("stop", beginRaw("unlock", approvals.RecoveryWait))},
	{"a recovery sooner", approvals.AwaitingStepUp, recovering("stop", beginRaw("reset_authenticators", approvals.RecoveryWait-time.Second))},
	{"a second one that runs", approvals.AwaitingStepUp, recovering("", beginRaw("reset_authenticators", approvals.RecoveryWait))},
	{"a recovery opened sooner", approvals.AwaitingStepUp, recovering("open", ofSellers("UPDATE recoveries SET opens_at = agreed_at"+hisRow))},
	{"a stopped recovery goes on", approvals.AwaitingStepUp, recovering("stop", ofSellers("UPDATE recoveries SET state = 'waiting', ended_at = NULL, due_at = opens_at"+hisRow))},
	{"a recovery done with what was there", approvals.AwaitingStepUp, recovering("open", ofSellers("UPDATE recoveries SET state = 'done', link_until = NULL, due_at = NULL, ended_at = opens_at,"+
		" authenticator = (SELECT a.id FROM authenticators a WHERE a.marketplace = recoveries.marketplace AND a.seller = recoveries.seller)"+hisRow))},
	{"a recovery deleted", approvals.AwaitingStepUp, recovering("", ofSellers("DELETE FROM recoveries"+hisRow))},
}

// ofSellers runs a statement about the seller of the action.
func ofSellers(sql string) func(*approvaldb.Tx, approvals.Action) error {
	return func(tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec(sql, string(a.Marketplace), string(a.Seller)).Error
	}
}

// recovering gives the action's seller an app and a recovery that runs, stopped or
// opened where that is asked for, and then does what is to be refused.
func recovering(first string, next func(*approvaldb.Tx, approvals.Action) error) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return then(func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		at := approvaldb.At(w.Clock.Now())
		err := tx.Exec("INSERT INTO authenticators (id, marketplace, seller, method, added, name, provider, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, sealed)"+
			" VALUES (?, ?, ?, 'totp', 'first', '', '', '', (1 = 0), (1 = 0), 1, 0, ?, ?, ?)",
			approvalstest.NewID(), string(a.Marketplace), string(a.Seller), at, at, bytes.Repeat([]byte{9}, 40)).Error
		if err != nil {
			return err
		}
		decision, err := approvalstest.AgreeOn(tx, "reset_authenticators", a.SellerKey(), at)
		if err != nil {
			return err
		}
		seller := approvals.Seller{SellerKey: a.SellerKey()}
		if _, err := tx.BeginRecovery(seller, decision, audit.Actor{Type: audit.Agent, ID: approvalstest.AgentTwo}, at.Time()); err != nil {
			return err
		}
		switch first {
		case "stop":
			return ofSellers("UPDATE recoveries SET state = 'stopped', ended_at = agreed_at, due_at = NULL"+hisRow)(tx, a)
		case "open":
			return tx.Exec("UPDATE recoveries SET state = 'open', serial = 1, link_until = opens_at, link_hash = ?"+hisRow, bytes.Repeat([]byte{9}, 32), string(a.Marketplace), string(a.Seller)).Error
		}
		return nil
	}, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error { return next(tx, a) })
}

// beginRaw inserts a recovery that two agreed on with this verb, which waits so long.
func beginRaw(verb string, wait time.Duration) func(*approvaldb.Tx, approvals.Action) error {
	return func(tx *approvaldb.Tx, a approvals.Action) error {
		now := a.CreatedAt
		decision, err := approvalstest.AgreeOn(tx, verb, a.SellerKey(), approvaldb.At(now))
		if err != nil {
			return errUndo
		}
		opens := approvaldb.At(now.Add(wait))
		return tx.Exec("INSERT INTO recoveries (id, decision, state, serial, agreed_at, opens_at, due_at, lapses_at, marketplace, seller) VALUES (?, ?, 'waiting', 0, ?, ?, ?, ?, ?, ?)",
			approvalstest.NewID(), decision, approvaldb.At(now), opens, opens, approvaldb.At(now.Add(wait+approvals.RecoveryLife)), string(a.Marketplace), string(a.Seller)).Error
	}
}
