package approvalstest

import (
	"bytes"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// recovered begins a recovery of a new seller, which two agents have agreed on.
func (w *World) recovered(t testing.TB, seller int64) approvals.SellerKey {
	t.Helper()
	key := w.Named(t, seller, int(seller)).SellerKey()
	at := approvaldb.At(w.Clock.Now())
	ok(t, w.DB.InTx(ctx, func(tx *approvaldb.Tx) error {
		return tx.Exec("INSERT INTO authenticators (id, marketplace, seller, method, added, name, provider, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, sealed)"+
			" VALUES (?, ?, ?, 'totp', 'first', '', '', '', (1 = 0), (1 = 0), 1, 0, ?, ?, ?)",
			NewID(), string(key.Marketplace), string(key.Seller), at, at, bytes.Repeat([]byte{9}, 40)).Error
	}))
	w.Recovering(t, key)
	return key
}

// signalsAgents: how many recoveries those decided in a day who decided on this
// seller's, for 30 days.
func signalsAgents(t *testing.T, w *World) {
	velocity := func(what string, key approvals.SellerKey, want int) {
		t.Helper()
		same(t, what, w.seen(t, key, "").AgentVelocity, want)
	}
	velocity("never recovered", w.SellerKey(9), 0)
	first := w.recovered(t, 1)
	velocity("alone", first, 1)
	w.Clock.Advance(24*time.Hour + time.Second)
	second := w.recovered(t, 2)
	velocity("a day and a second before another", first, 1)
	velocity("a day and a second after one", second, 1)
	w.Clock.Advance(23 * time.Hour)
	third, fourth := w.recovered(t, 3), w.recovered(t, 4)
	velocity("before two more in a day", second, 3)
	velocity("after one in a day, beside another", third, 3)
	w.Clock.Advance(2 * time.Hour)
	w.recovered(t, 5)
	velocity("in the middle: a day is counted, and no two", third, 3)
	velocity("the first of all", first, 1)
	velocity("never recovered, beside those", w.SellerKey(9), 0)
	w.Clock.Advance(30*days - 2*time.Hour)
	velocity("30 days later", fourth, 3)
	w.Clock.Advance(time.Second)
	velocity("longer ago", fourth, 0)
}
