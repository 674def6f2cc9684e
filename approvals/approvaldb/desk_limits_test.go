package approvaldb_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// together does all of it at once.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// TestPair_AtOnce: what two people may carry out together, and what one may take part
// in, is the same when it is all signed at once, on PostgreSQL.
func TestPair_AtOnce(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenPostgres(t))
	const more = desk.PairLimit + 3
	var waiting, drafts [more]desk.Decision
	lost := make([]approvals.Action, more+1)
	for i := range lost {
		lost[i] = b.enrolled()
	}
	b.Clock.Advance(approvals.ContactSettled + time.Hour)
	for i := range more {
		_, c := b.locked(approvals.AwaitingStepUp)
		d, err := b.propose(anna, c, desk.Unlock, "")
		b.must(err)
		waiting[i], drafts[i] = d, b.lost(lost[i], carl)
	}
	together(more, func(i int) { _, _ = b.approve(marco, waiting[i]) })
	if n := b.count("SELECT count(*) FROM decisions WHERE state = 'carried_out'"); n != desk.PairLimit {
		t.Errorf("the same two carried out %d decisions, want %d", n, desk.PairLimit)
	}
	together(more, func(i int) { _, _ = b.Propose(t.Context(), drafts[i], signed(carl, drafts[i], desk.Propose)) })
	if n := b.count("SELECT count(*) FROM decisions WHERE verb = 'reset_authenticators'"); n != desk.RecoveryLimit {
		t.Errorf("one person proposed %d recoveries in a day, want %d", n, desk.RecoveryLimit)
	}
	// Who rejects takes no part.
	for _, d := range b.proposals("reset_authenticators") {
		_, err := b.reject(lena, d)
		b.must(err)
	}
	b.lost(lost[more], lena)
}

// enrolled is the action of a seller who has an authenticator.
func (b *bureau) enrolled() approvals.Action {
	b.t.Helper()
	a := b.Drive(b.t, approvals.AwaitingStepUp)
	at := approvaldb.At(b.Clock.Now())
	b.must(b.DB.InTx(b.t.Context(), func(tx *approvaldb.Tx) error {
		return tx.Exec("INSERT INTO authenticators (id, marketplace, seller, method, added, name, provider, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, sealed)"+
			" VALUES (?, ?, ?, 'totp', 'first', '', '', '', (1 = 0), (1 = 0), 1, 0, ?, ?, ?)",
			approvalstest.NewID(), string(a.Marketplace), string(a.Seller), at, at, bytes.Repeat([]byte{9}, 40)).Error
	}))
	return a
}

// lost is what somebody would sign to replace what a seller signs in with.
func (b *bureau) lost(a approvals.Action, who string) desk.Decision {
	b.t.Helper()
	c := b.opened(a.SellerKey(), approvals.CaseRecovery)
	d, err := b.Draft(b.t.Context(), desk.Intent{Case: c.Number, Verb: desk.ResetAuthenticators, Reason: desk.CalledBack, Person: who})
	b.must(err)
	return d
}

// proposals are those that wait.
func (b *bureau) proposals(verb string) (out []desk.Decision) {
	b.t.Helper()
	var numbers []int64
	b.must(b.DB.Read(b.t.Context()).Raw("SELECT case_number FROM decisions WHERE state = 'proposed' AND verb = ?", verb).Scan(&numbers).Error)
	for _, n := range numbers {
		d, err := b.Case(b.t.Context(), n)
		b.must(err)
		out = append(out, *d.Proposal)
	}
	return out
}

// TestPlaces_FoundMeanwhile: a ring that is found again while two are about to end it
// is not ended, on PostgreSQL: what is known of it is read under its lock.
func TestPlaces_FoundMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenPostgres(t))
	a := b.Drive(t, approvals.CoolingOff)
	b.ringFound(a, a.Fingerprint)
	_, err := b.propose(carl, b.caseOf(a), desk.FreezeRing, "")
	b.must(err)
	d, err := b.propose(anna, b.caseOf(a), desk.EndRing, "")
	b.must(err)
	answer := make(chan error, 1)
	b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		if err := tx.Exec("UPDATE destinations SET turn = turn + 1 WHERE fingerprint = ?", a.Fingerprint).Error; err != nil {
			return err
		}
		go func() {
			_, err := b.approve(marco, d)
			answer <- err
		}()
		return b.blocked(time.Now().Add(5 * time.Second))
	}))
	b.refused(<-answer, approvals.CodeCaseMoved)
	if n := b.count("SELECT ring FROM destinations WHERE fingerprint = ?", a.Fingerprint); n != int(approvals.RingFrozen) {
		t.Errorf("the ring is %d", n)
	}
}

// blocked waits until somebody waits for a row that another has locked.
func (b *bureau) blocked(until time.Time) error {
	for waiting := 0; waiting == 0; {
		err := b.DB.Read(b.t.Context()).Raw("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").Scan(&waiting).Error
		if err != nil || time.Now().After(until) {
			return errors.Join(err, context.DeadlineExceeded)
		}
	}
	return nil
}
