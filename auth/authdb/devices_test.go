package authdb_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
)

// deviceOf is a device that is known from on, with a key of its own by name.
func (w *world) deviceOf(name string, known time.Time) auth.Device {
	now, sum := w.now(), sha256.Sum256([]byte(name))
	return auth.Device{
		ID: newID(), Seller: w.seller, Key: append([]byte{4}, slices.Concat(sum[:], sum[:])...), UserAgent: name,
		FirstSeenAt: now, KnownFrom: known, LastSeenAt: now,
	}
}

func (w *world) see(d auth.Device) auth.Device {
	w.t.Helper()
	kept, err := w.store.SeeDevice(w.t.Context(), d, audit.Event{})
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

// names lists the seller's devices, the last seen first.
func (w *world) names() (list []string) {
	w.t.Helper()
	found, err := w.store.Devices(w.t.Context(), w.seller)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range found {
		list = append(list, d.UserAgent)
	}
	return list
}

// signals is what a policy hears of an action asked for now.
func (w *world) signals() (seen approvals.Signals) {
	w.t.Helper()
	look := approvals.Look{Seller: w.seller, Kind: approvals.PayoutAccountChange, Now: w.now()}
	_, err := w.parts(w.db).Store.Create(w.t.Context(), look, func(_ approvals.Seller, _ *approvals.Action, s approvals.Signals) (approvals.Creation, error) {
		seen = s
		return approvals.Creation{}, errUndo
	})
	if !errors.Is(err, errUndo) {
		w.t.Fatal(err)
	}
	return seen
}

// A device keeps its age for as long as nobody locks its seller or removes it;
// one that comes back then is new.
func TestDevices(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.see(w.deviceOf("new", start.Add(time.Hour)))
		if w.signals().HasDevice {
			t.Error("a device counts before it is known")
		}
		laptop := w.see(w.deviceOf("laptop", start))
		if !w.signals().HasDevice {
			t.Error("a device that is known does not count")
		}
		w.pass(time.Hour)
		w.see(w.deviceOf("phone", w.now().Add(auth.DeviceKnown)))
		w.pass(time.Hour)
		again := w.see(w.deviceOf("laptop", w.now()))
		if again.ID != laptop.ID || !again.FirstSeenAt.Equal(start) || !again.KnownFrom.Equal(start) || !again.LastSeenAt.Equal(w.now()) {
			t.Errorf("seen again: %+v", again)
		}
		if got := w.names(); !slices.Equal(got, []string{"laptop", "phone", "new"}) {
			t.Errorf("devices %v", got)
		}
		removed := audit.Event{ID: newID(), Marketplace: "market", Seller: "s-1", Verb: "device_removed", Actor: audit.Actor{Type: audit.Seller, ID: "s-1"}, At: w.now()}
		if err := w.store.RevokeDevice(t.Context(), w.addSeller("s-2"), laptop.ID, removed); !is(err, approvals.CodeNotFound) {
			t.Errorf("another seller removes it: %v", err)
		}
		if err := w.store.RevokeDevice(t.Context(), w.seller, laptop.ID, removed); err != nil {
			t.Fatal(err)
		}
		if back := w.see(w.deviceOf("laptop", w.now().Add(auth.DeviceKnown))); back.ID == laptop.ID || back.KnownFrom.Equal(start) {
			t.Errorf("removed and back: %+v", back)
		}
		exec(t, db, "UPDATE sellers SET locked = (1 = 1), lock_epoch = lock_epoch + 1, locked_at = ?, locked_by = 'not_me' WHERE id = 's-1'", approvaldb.At(w.now()))
		if got := w.names(); len(got) > 0 {
			t.Errorf("after a lock there are %v", got)
		}
		if w.signals().HasDevice {
			t.Error("after a lock a device counts")
		}
		if back := w.see(w.deviceOf("phone", w.now().Add(auth.DeviceKnown))); !back.FirstSeenAt.Equal(w.now()) {
			t.Errorf("after a lock: %+v", back)
		}
	})
}

// MaxDevices at most; those not known yet go first, the one not seen for longest.
func TestDevices_Cap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalstest.OpenSQLite(t))
	w.see(w.deviceOf("owner", start))
	for _, name := range []string{"b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
		w.pass(time.Minute)
		w.see(w.deviceOf(name, w.now().Add(auth.DeviceKnown)))
	}
	got := w.names()
	if len(got) != auth.MaxDevices || !slices.Contains(got, "owner") || slices.Contains(got, "b") || slices.Contains(got, "c") {
		t.Errorf("devices %v", got)
	}
}

// A device's age cannot be written otherwise.
func TestSchema_Devices(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.see(w.deviceOf("laptop", start.Add(auth.DeviceKnown)))
		w.addSeller("s-2")
		for name, sql := range map[string]string{
			"known earlier":         "UPDATE devices SET known_from = first_seen_at",
			"seen earlier":          "UPDATE devices SET first_seen_at = known_from",
			"another key":           "UPDATE devices SET public_key = (SELECT public_key FROM devices)",
			"another seller":        "UPDATE devices SET seller = 's-2'",
			"of a later lock":       "UPDATE devices SET lock_epoch = lock_epoch + 1",
			"revoked before it was": "UPDATE devices SET revoked_at = (SELECT min(created_at) FROM sellers WHERE id = 'nobody'), last_seen_at = NULL",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		same := w.deviceOf("laptop", start)
		err := try(t, db, "INSERT INTO devices (id, marketplace, seller, public_key, lock_epoch, user_agent, first_seen_at, known_from, last_seen_at)"+
			" SELECT ?, marketplace, seller, public_key, lock_epoch, user_agent, first_seen_at, first_seen_at, last_seen_at FROM devices", same.ID)
		if err == nil {
			t.Error("the same key twice: accepted")
		}
		exec(t, db, "UPDATE devices SET revoked_at = last_seen_at")
		if err := try(t, db, "UPDATE devices SET revoked_at = NULL"); err == nil {
			t.Error("a removed device comes back")
		}
	})
}

// Of two tabs that prove at once, both are on one device.
func TestDevices_TwoTabs(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		seen := make(chan auth.Device, 2)
		for range cap(seen) {
			go func() {
				d, err := w.store.SeeDevice(t.Context(), w.deviceOf("laptop", start), audit.Event{})
				if err != nil {
					t.Error(err)
				}
				seen <- d
			}()
		}
		if a, b := <-seen, <-seen; a.ID == "" || a.ID != b.ID {
			t.Errorf("two devices: %s and %s", a.ID, b.ID)
		}
	})
}

// What a request asks of devices reads no table from one end to the other.
func TestDevices_Plans(t *testing.T) {
	t.Parallel()
	noScans(t, approvalstest.OpenSQLite(t), []string{
		"SELECT * FROM devices WHERE id = ?",
		"SELECT * FROM devices WHERE marketplace = ? AND seller = ? AND revoked_at IS NULL AND lock_epoch = " +
			"(SELECT s.lock_epoch FROM sellers s WHERE s.marketplace = devices.marketplace AND s.id = devices.seller)",
		"UPDATE devices SET last_seen_at = ?, user_agent = ? WHERE id = ?",
	})
}
