package approvaldb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/keyring"
)

// keyed is a world whose keys are in a file, and another gateway's keyring that
// was read before any rotation and does not follow the file.
type keyed struct {
	*approvalstest.World
	path  string
	stale *keyring.Keyring
}

func newKeyed(t *testing.T, db *approvaldb.DB) keyed {
	t.Helper()
	dir := t.TempDir()
	w := keyed{World: approvalstest.Service(t, db, approvalstest.NewClock()), path: filepath.Join(dir, "keys.json")}
	if err := w.Keys.Save(w.path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "old.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if w.stale, err = keyring.Load(filepath.Join(dir, "old.json")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w keyed) rotate(t *testing.T) (old, fresh []byte) {
	t.Helper()
	old = w.Keys.Sealing()
	if _, err := keyring.Rotate(w.path, keyring.UseSeal, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if fresh = w.Keys.Sealing(); bytes.Equal(old, fresh) {
		t.Fatal("the world does not follow its keys")
	}
	return old, fresh
}

func (w keyed) resealer() *approvaldb.Resealer {
	return (&approvaldb.Resealer{DB: w.DB, Columns: approvaldb.SealedColumns(), Keys: w.Keys}).InBatches(7)
}

// needing is how many rows of each table need the key.
func (w keyed) needing(t *testing.T, prefix []byte) map[string]int {
	t.Helper()
	all, err := w.DB.CountSealed(t.Context(), approvaldb.SealedColumns())
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, n := range all {
		if bytes.Equal(n.Prefix[:], prefix) {
			rows[n.Table] += n.Rows
		}
	}
	return rows
}

// fill writes rows of every sealed table and returns the actions, some of which
// have ended.
func (w keyed) fill(t *testing.T) []approvals.Action {
	t.Helper()
	var all []approvals.Action
	for i := range 20 {
		a := w.Create(t)
		if i%3 == 0 {
			var err error
			if a, err = w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, a)
		w.answer(t, fmt.Sprint("key-", i))
	}
	err := w.Parts.Notices.NotifySeller(t.Context(), all[0].SellerKey(), approvals.SecurityNotice{
		What: approvals.SecurityCodesMade, Name: "new@example.com", At: w.Clock.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// told is the address that the one security notice names.
func (w keyed) told(t *testing.T) string {
	t.Helper()
	var hash []byte
	if err := w.DB.Read(t.Context()).Raw("SELECT stop_hash FROM security_notices").Row().Scan(&hash); err != nil {
		t.Fatal(err)
	}
	_, n, err := w.Parts.Notices.Notice(t.Context(), [32]byte(hash))
	if err != nil {
		t.Fatal(err)
	}
	return n.Name
}

func (w keyed) answer(t *testing.T, key string) {
	t.Helper()
	err := w.Parts.Answers.SaveAnswer(context.Background(), approvals.Answer{
		Marketplace: w.Marketplace.ID, Key: key, RequestHash: "hash", Status: 201, Body: []byte(`{"key":"` + key + `"}`), At: w.Clock.Now(),
	})
	if err != nil {
		t.Error(err)
	}
}

// TestReseal (AS-44, F-52): while writers run, everything comes under the new
// key, with what it said before and under no other row's name.
func TestReseal(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newKeyed(t, db)
		actions := w.fill(t)
		old, fresh := w.rotate(t)
		var writers sync.WaitGroup
		for range 2 {
			writers.Go(func() {
				for range 10 {
					w.must(t, w.Parts.Store, w.Create(t))
				}
			})
		}
		rows, err := w.resealer().Run(t.Context())
		writers.Wait()
		if err != nil || rows < 42 { // 20 actions, 20 answers, 1 endpoint, 1 notice
			t.Errorf("%d rows, %v", rows, err)
		}
		if left := w.needing(t, old); len(left) > 0 {
			t.Errorf("still under the old key: %v", left)
		}
		if now := w.needing(t, fresh); now["actions"] != 40 || now["answers"] != 20 || now["endpoints"] != 1 || now["security_notices"] != 1 {
			t.Errorf("under the new key: %v", now)
		}
		for i, a := range actions {
			if got := w.Read(t, a); !reflect.DeepEqual(got, a) {
				t.Errorf("action %s changed:\n%+v\n%+v", a.ID, a, got)
			}
			key := fmt.Sprint("key-", i)
			if got, err := w.Parts.Answers.Answer(t.Context(), w.Marketplace.ID, key); err != nil || string(got.Body) != `{"key":"`+key+`"}` {
				t.Errorf("answer %s: %s, %v", key, got.Body, err)
			}
		}
		if address := w.told(t); address != "new@example.com" {
			t.Errorf("the notice says %q", address)
		}
		if again, err := w.resealer().Run(t.Context()); again != 0 || err != nil {
			t.Errorf("run again: %d rows, %v", again, err)
		}
	})
}

// must moves the action on, as a gateway does while its rows are sealed anew.
func (w keyed) must(t *testing.T, s *approvaldb.Store, a approvals.Action) {
	if _, err := s.Update(context.Background(), a.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.HoldFor(approvals.HoldAgent, approvalstest.Agent, w.Clock.Now())
	}); err != nil {
		t.Error(err)
	}
}

var errKilled = errors.New("killed")

// TestResealGoesOn: a run that dies after any batch leaves whole rows, and the
// next one does the rest.
func TestResealGoesOn(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newKeyed(t, db)
		actions := w.fill(t)
		old, _ := w.rotate(t)
		done, runs := 0, 0
		for {
			r := w.resealer()
			r.After = func(string, int) error { return errKilled }
			rows, err := r.Run(t.Context())
			if done, runs = done+rows, runs+1; err == nil {
				break
			}
			if !errors.Is(err, errKilled) || rows == 0 || rows > 7 || runs > 20 {
				t.Fatalf("run %d: %d rows, %v", runs, rows, err)
			}
			w.Read(t, actions[runs])
		}
		if done != 42 || runs != 9 { // 3 batches of actions, 3 of answers, 1 endpoint, 1 notice
			t.Errorf("%d rows in %d runs", done, runs)
		}
		if left := w.needing(t, old); len(left) > 0 {
			t.Errorf("still under the old key: %v", left)
		}
	})
}

// TestResealLeavesWhatDoesNotOpen (N12, OT-05): values that were swapped between
// rows are not made good by sealing them anew. They stay as they are, the error
// names one, and everything else is done.
func TestResealLeavesWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newKeyed(t, db)
		actions := w.fill(t)
		swapped := actions[4]
		tamper(t, db, "UPDATE actions SET details = (SELECT b.details FROM actions b WHERE b.id = ?) WHERE id = ?", string(actions[5].ID), string(swapped.ID))
		before := w.details(t, swapped)
		old, _ := w.rotate(t)
		rows, err := w.resealer().Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), string(swapped.ID)) || strings.Contains(err.Error(), "Rossi") || rows != 41 {
			t.Errorf("%d rows, %v", rows, err)
		}
		if left := w.needing(t, old); left["actions"] != 1 || len(left) != 1 {
			t.Errorf("under the old key: %v", left)
		}
		if !bytes.Equal(w.details(t, swapped), before) {
			t.Error("the swapped value was replaced")
		}
		if _, err := w.Parts.Reader.Action(t.Context(), swapped.Key()); !errors.Is(err, approvals.ErrBroken) {
			t.Errorf("read: %v, want a broken assertion", err)
		}
	})
}

func (w keyed) details(t *testing.T, a approvals.Action) (raw []byte) {
	t.Helper()
	if err := w.DB.Read(t.Context()).Raw("SELECT details FROM actions WHERE id = ?", string(a.ID)).Row().Scan(&raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestBarKey: after a key was removed, a gateway that still has it and nothing
// newer is refused by the database, and halts nothing; others write on.
func TestBarKey(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newKeyed(t, db)
		old, _ := w.rotate(t)
		parts := approvaldb.New(db, approvaldb.Config{Sealer: w.stale, Enqueuer: w.Jobs, NewID: approvalstest.NewID})
		behind := *w.Service
		behind.Store, behind.Reader = parts.Store, parts.Reader
		create := func(n int64) error {
			_, err := behind.Create(t.Context(), w.Request(w.SellerKey(n)))
			return err
		}
		if err := create(101); err != nil {
			t.Fatalf("before: %v", err)
		}
		for range 2 { // a second time changes nothing
			if err := db.BarKey(t.Context(), old, "seal-1", approvaldb.SealedColumns(), w.Clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if err := create(102); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) || errors.Is(err, approvals.ErrBroken) {
			t.Errorf("with a key that is gone: %v, want unavailable", err)
		}
		if left := w.needing(t, old); left["actions"] != 1 {
			t.Errorf("under the old key: %v, want the one from before", left)
		}
		w.Create(t)
		if err := db.UnbarKey(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		if err := create(103); err != nil {
			t.Errorf("allowed again: %v", err)
		}
	})
}
