package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// A seller's live sessions, newest first, and their end.
func TestSessionsOfASeller(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		ctx, other := t.Context(), w.addSeller("s-2")
		now := start.Add(time.Hour)
		for i, v := range []auth.Session{
			{Seller: w.seller, CreatedAt: now, SeenAt: now.Add(time.Second), UserAgent: "first"},
			{Seller: w.seller, CreatedAt: now, SeenAt: now.Add(time.Minute), UserAgent: "second", Proved: true},
			{Seller: w.seller, CreatedAt: now.Add(-auth.SessionLife), SeenAt: now, UserAgent: "old"},
			{Seller: w.seller, CreatedAt: now.Add(-time.Minute), SeenAt: now.Add(time.Minute - auth.SessionIdle - time.Microsecond), UserAgent: "idle"},
			{Seller: w.seller, CreatedAt: now, SeenAt: now.Add(2 * time.Minute), UserAgent: "ended"},
			{Seller: other, CreatedAt: now, SeenAt: now, UserAgent: "another's"},
		} {
			v.Hash, v.Values = [32]byte{byte(i + 1)}, []byte("{}")
			if err := w.store.SaveSession(ctx, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.store.EndSession(ctx, [32]byte{5}); err != nil {
			t.Fatal(err)
		}
		names := func(limit int) (list []string) {
			t.Helper()
			found, err := w.store.SessionsOf(ctx, w.seller, auth.LiveAt(now.Add(time.Minute), limit))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range found {
				if v.Seller != w.seller || v.CreatedAt.IsZero() || v.SeenAt.IsZero() || v.Hash == [32]byte{} || v.Proved != (v.UserAgent == "second") {
					t.Errorf("%+v", v)
				}
				list = append(list, v.UserAgent)
			}
			return list
		}
		if got := names(10); len(got) != 2 || got[0] != "second" || got[1] != "first" {
			t.Errorf("live sessions %q", got)
		}
		if got := names(1); len(got) != 1 {
			t.Errorf("one of them: %q", got)
		}
		for _, want := range []int{3, 0} { // old and idle ones end too
			if n, err := w.store.EndOtherSessions(ctx, w.seller, [32]byte{1}); err != nil || n != want {
				t.Errorf("ended %d others, %v, want %d", n, err, want)
			}
		}
		if _, err := w.store.Session(ctx, [32]byte{1}); err != nil {
			t.Errorf("the one that was kept: %v", err)
		}
		for _, want := range []int{1, 0} {
			if n, err := w.store.EndSessionsOf(ctx, w.seller); err != nil || n != want {
				t.Errorf("ended %d, %v, want %d", n, err, want)
			}
		}
		if got := names(10); len(got) != 0 {
			t.Errorf("live sessions %q", got)
		}
		if _, err := w.store.Session(ctx, [32]byte{6}); err != nil {
			t.Errorf("another seller's session: %v", err)
		}
	})
}
