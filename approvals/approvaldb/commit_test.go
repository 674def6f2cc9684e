package approvaldb_test

import (
	"errors"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// behindProxy opens a service on a migrated PostgreSQL behind a proxy.
func behindProxy(t *testing.T) (*approvalstest.World, *proxy) {
	t.Helper()
	direct := approvalstest.OpenPostgres(t)
	p, url := newProxy(t, direct.Pool().Config().ConnString())
	db, err := approvaldb.Open(t.Context(), url, approvaldb.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return approvalstest.Service(t, db, approvalstest.NewClock()), p
}

// TestCommitUnknown (F-11, RELIABILITY §6.6): when the connection is lost on
// COMMIT, the store reads back what became of it, and writes nothing twice.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	t.Run("the answer is lost: it took place", func(t *testing.T) {
		t.Parallel()
		w, p := behindProxy(t)
		a := w.Create(t)
		p.loseNext(answer)
		got, err := w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor())
		if err != nil || got.State != approvals.Cancelled {
			t.Errorf("%s, %v, want cancelled", got.State, err)
		}
		p.loseNext(answer)
		if b, err := w.Service.Create(t.Context(), w.Request(a.SellerKey())); err != nil || b.State != approvals.AwaitingStepUp {
			t.Errorf("create: %s, %v", b.State, err)
		}
	})
	t.Run("the request is lost: it did not", func(t *testing.T) {
		t.Parallel()
		w, p := behindProxy(t)
		a := w.Create(t)
		p.loseNext(request)
		_, err := w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor())
		if !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("got %v, want unavailable", err)
		}
		if got := w.Read(t, a); got.State != a.State || got.Version != a.Version {
			t.Errorf("the action is %s at version %d, want it as it was", got.State, got.Version)
		}
	})
	t.Run("nothing to look for", func(t *testing.T) {
		t.Parallel()
		w, p := behindProxy(t)
		p.loseNext(answer)
		if err := w.Parts.Governor.MarkClock(t.Context(), w.Clock.Now()); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("got %v, want unavailable", err)
		}
	})
}

// TestDatabaseGone: a database that cannot be asked is 503 and nothing else.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	w, p := behindProxy(t)
	a := w.Create(t)
	p.down()
	for name, err := range map[string]error{
		"write": func() error {
			_, err := w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor())
			return err
		}(),
		"claim": func() error { _, err := w.Service.Claim(t.Context(), a.Key(), a.Details, nil); return err }(),
		"read":  func() error { _, err := w.Parts.Reader.Action(t.Context(), a.Key()); return err }(),
		"list": func() error {
			_, err := w.Parts.Reader.Actions(t.Context(), approvals.Query{Marketplace: a.Marketplace, Limit: 1})
			return err
		}(),
		"gate": func() error { _, err := w.Parts.Governor.Gate(t.Context()); return err }(),
		"due":  func() error { _, err := w.Parts.Waker.Due(t.Context(), w.Clock.Now(), 1); return err }(),
	} {
		if !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("%s: %v, want unavailable", name, err)
		}
	}
}
