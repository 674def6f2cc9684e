package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// DESIGN §10, LB-04: a session on the server, that can be rotated and ended and
// does not come back.
func TestSessions(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		v := auth.Session{Hash: [32]byte{1}, Seller: w.seller, Values: []byte(`{"a":1}`), CreatedAt: start, SeenAt: start}
		save := func(v auth.Session) error { return w.store.SaveSession(ctx, v) }
		if err := save(v); err != nil {
			t.Fatal(err)
		}
		v.Values, v.SeenAt, v.Proved = []byte(`{"a":2}`), start.Add(time.Minute), true
		if err := save(v); err != nil {
			t.Fatal(err)
		}
		later := v
		later.Proved, later.CreatedAt = false, start.Add(time.Hour)
		if err := save(later); err != nil { // neither takes effect
			t.Fatal(err)
		}
		got, err := w.store.Session(ctx, v.Hash)
		if err != nil || got.Hash != v.Hash || got.Seller != v.Seller || string(got.Values) != `{"a":2}` || !got.Proved ||
			!got.CreatedAt.Equal(start) || !got.SeenAt.Equal(v.SeenAt) {
			t.Errorf("%+v, %v", got, err)
		}
		fresh := [32]byte{2}
		if err := w.store.RotateSession(ctx, v.Hash, fresh, start.Add(2*time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, err = w.store.Session(ctx, v.Hash)
		refused(t, err, approvals.CodeNotFound)
		refused(t, save(v), approvals.CodeSessionEnded)
		refused(t, w.store.RotateSession(ctx, v.Hash, [32]byte{3}, start), approvals.CodeNotFound)
		got, err = w.store.Session(ctx, fresh)
		if err != nil || !got.CreatedAt.Equal(start) || !got.Proved || string(got.Values) != `{"a":2}` || !got.SeenAt.Equal(start.Add(2*time.Minute)) {
			t.Errorf("rotated %+v, %v", got, err)
		}
		for range 2 {
			if err := w.store.EndSession(ctx, fresh); err != nil {
				t.Error(err)
			}
		}
		_, err = w.store.Session(ctx, fresh)
		refused(t, err, approvals.CodeNotFound)
		_, err = w.store.Session(ctx, [32]byte{9})
		refused(t, err, approvals.CodeNotFound)
	})
}

// A session is its seller's: another one's save under the same id is refused.
func TestSessions_OtherSeller(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		v := auth.Session{Hash: [32]byte{1}, Seller: w.seller, Values: []byte("{}"), CreatedAt: start, SeenAt: start}
		if err := w.store.SaveSession(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		v.Seller = w.addSeller("s-2")
		refused(t, w.store.SaveSession(t.Context(), v), approvals.CodeSessionEnded)
		var got tally
		atOnce(16, func(i int) {
			got.add(w.store.RotateSession(t.Context(), [32]byte{1}, [32]byte{2, byte(i)}, start))
		})
		got.want(t, map[string]int{"ok": 1, "not_found": 15})
	})
}

func TestEndIdleSessions(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		for i, at := range []struct{ created, seen time.Duration }{{0, 0}, {0, 14}, {10, 10}, {14, 14}} {
			v := auth.Session{
				Hash: [32]byte{byte(i + 1)}, Seller: w.seller, // no values yet
				CreatedAt: start.Add(at.created * time.Minute), SeenAt: start.Add(at.seen * time.Minute),
			}
			if err := w.store.SaveSession(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		now := start.Add(15*time.Minute + time.Second)
		n, err := w.store.EndIdleSessions(t.Context(), now.Add(-auth.SessionIdle), now.Add(-auth.SessionLife))
		if n != 3 || err != nil {
			t.Errorf("ended %d, %v, want 3", n, err)
		}
		if _, err := w.store.Session(t.Context(), [32]byte{4}); err != nil {
			t.Errorf("the live one: %v", err)
		}
	})
}
