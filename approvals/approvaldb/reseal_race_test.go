package approvaldb_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/keyring"
)

// meddler is a keyring during whose work somebody else writes.
type meddler struct {
	*keyring.Keyring
	write func()
	done  atomic.Bool
}

func (m *meddler) Open(sealed, row []byte) ([]byte, error) {
	plain, err := m.Keyring.Open(sealed, row)
	if bytes.HasPrefix(row, []byte("endpoints")) && m.done.CompareAndSwap(false, true) {
		m.write()
	}
	return plain, err
}

// TestResealOverwritesNobody: a value that changes between being read and being
// saved keeps the change, and comes under the new key all the same.
func TestResealOverwritesNobody(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newKeyed(t, db)
		old, fresh := w.rotate(t)
		var id string
		if err := db.Read(t.Context()).Raw("SELECT id FROM endpoints").Row().Scan(&id); err != nil {
			t.Fatal(err)
		}
		row := []byte("endpoints\x1f" + id)
		written, err := w.stale.Seal([]byte(`["bmV3"]`), row) // by a node that has not seen the rotation
		if err != nil {
			t.Fatal(err)
		}
		keys := &meddler{Keyring: w.Keys, write: func() {
			if err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				return tx.Exec("UPDATE endpoints SET secrets = ? WHERE id = ?", written, id).Error
			}); err != nil {
				t.Error(err)
			}
		}}
		r := approvaldb.Resealer{DB: db, Columns: approvaldb.SealedColumns(), Keys: keys}
		if rows, err := r.Run(t.Context()); rows != 1 || err != nil {
			t.Errorf("%d rows, %v", rows, err)
		}
		var secrets []byte
		if err := db.Read(t.Context()).Raw("SELECT secrets FROM endpoints").Row().Scan(&secrets); err != nil {
			t.Fatal(err)
		}
		if plain, err := w.Keys.Open(secrets, row); err != nil || string(plain) != `["bmV3"]` || !bytes.HasPrefix(secrets, fresh) {
			t.Errorf("the endpoint has %s, %v", plain, err)
		}
		if left := w.needing(t, old); len(left) > 0 {
			t.Errorf("under the old key: %v", left)
		}
	})
}

// TestBarKeyWaitsForWriters: a transaction that wrote with the key before it was
// barred is waited for, so that the count that follows has its rows too. On
// SQLite there is one writer at a time.
func TestBarKeyWaitsForWriters(t *testing.T) {
	t.Parallel()
	w := newKeyed(t, approvalstest.OpenPostgres(t))
	old, _ := w.rotate(t)
	parts := approvaldb.New(w.DB, approvaldb.Config{Sealer: w.stale, NewID: approvalstest.NewID})
	wrote, commit, committed, barred := make(chan error), make(chan struct{}), make(chan error), make(chan error, 1)
	a := w.Create(t)
	b := a
	b.ID, b.Seller, b.Version = approvals.ActionID(approvalstest.NewID()), a.Seller, 1
	b.Kind = "another" // the seller has one of this kind open
	go func() {
		committed <- w.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
			err := parts.ForceNew(tx, b)
			if err == nil {
				err = tx.Record(eventOf(b, ""))
			}
			wrote <- err
			<-commit
			return err
		})
	}()
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	go func() {
		barred <- w.DB.BarKey(t.Context(), old, "seal-1", approvaldb.SealedColumns(), w.Clock.Now())
	}()
	w.untilLocked(t, barred)
	close(commit)
	if err := <-committed; err != nil {
		t.Errorf("commit: %v", err)
	}
	if err := <-barred; err != nil {
		t.Errorf("bar: %v", err)
	}
	if left := w.needing(t, old); left["actions"] != 1 {
		t.Errorf("under the old key: %v, want the one that was being written", left)
	}
}

// untilLocked returns when somebody waits for a lock on the actions, or has not
// waited.
func (w keyed) untilLocked(t *testing.T, barred chan error) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		var waiting int
		err := w.DB.Read(t.Context()).Raw("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'actions'::regclass AND mode = 'ShareLock'").Scan(&waiting).Error
		if err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-barred:
			t.Errorf("it did not wait: %v", err)
			barred <- err
			return
		case <-tick.C:
		}
		if waiting > 0 {
			return
		}
	}
	t.Error("nobody waits")
}
