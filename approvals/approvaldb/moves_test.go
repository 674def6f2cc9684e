package approvaldb_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestEveryPair tries all 14 × 14 pairs of states in SQL, each with every guard
// met as far as it can be: the database admits exactly the pairs of
// approvals.Next, and refuses every change of an ended action (I3, I20).
func TestEveryPair(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		tried, admitted := 0, 0
		for _, from := range approvals.States {
			plain := w.Drive(t, from)
			for _, to := range approvals.States {
				a := plain
				if from == approvals.Held && to.Waiting() && to != approvals.AwaitingStepUp {
					a = w.Hold(t, w.Drive(t, to), approvals.HoldAgent)
				}
				want := slices.Contains(approvals.Next(from), to) || from == to && !from.Final()
				err := attempt(t, w, func(tx *approvaldb.Tx) error {
					b, proofs := guarded(w, a, to)
					if from == approvals.Held && to == approvals.AwaitingStepUp {
						if err := approvalstest.Agree(tx, "resume", a, w.Clock.Now()); err != nil {
							return err
						}
					}
					return moveRaw(tx, a, b, proofs...)
				})
				switch {
				case want && err != nil:
					t.Errorf("%s to %s is legal, but: %v", from, to, err)
				case !want && err == nil:
					t.Errorf("%s to %s is not legal, but the database admits it", from, to)
				case !want && !byDatabase(err):
					t.Errorf("%s to %s: %v, want a refusal of the database", from, to, err)
				}
				tried++
				if err == nil {
					admitted++
				}
			}
		}
		if tried != 196 {
			t.Errorf("tried %d pairs, want 196", tried)
		}
		t.Logf("%d pairs tried, %d admitted", tried, admitted)
	})
}

// guarded is the action after a move to the given state with every guard met
// that can be met by writing the action's own columns, and the proofs it needs.
func guarded(w *approvalstest.World, a approvals.Action, to approvals.State) (approvals.Action, []approvals.Proof) {
	now := a.MovedAt.Add(time.Millisecond)
	switch to {
	case approvals.Expired:
		now = later(now, a.DueAt(), a.ConfirmBy)
	case approvals.AwaitingConfirmation:
		now = later(now, a.NotBefore)
	case approvals.Unresolved:
		now = later(now, a.ResultBy)
	}
	b, _ := stepOf(a, to, now)
	b.EndedAt, b.Cancel = time.Time{}, ""
	if to.Final() {
		b.EndedAt = now
	}
	if to == approvals.Cancelled {
		b.Cancel = approvals.BySupport
	}
	var proofs []approvals.Proof
	if to != a.State {
		leave(&b, a, to)
		proofs = enter(w, &b, a, to, now)
	}
	return b, proofs
}

// leave undoes what belonged to the old state.
func leave(b *approvals.Action, a approvals.Action, to approvals.State) {
	b.HeldFrom, b.Hold = "", ""
	claimed := []approvals.State{approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved}
	if !slices.Contains(claimed, to) {
		b.Claims, b.ClaimedAt, b.ResultBy = 0, time.Time{}, time.Time{}
	} else if a.Claims == 0 || to == approvals.Releasing {
		b.Claims, b.ClaimedAt, b.ResultBy = a.Claims+1, b.MovedAt, b.MovedAt.Add(approvals.ResultWindow)
	}
}

// enter does what belongs to the new one.
func enter(w *approvalstest.World, b *approvals.Action, a approvals.Action, to approvals.State, now time.Time) []approvals.Proof {
	proof := func(s approvals.Stage) []approvals.Proof {
		if _, found := b.Proof(s); found {
			return nil
		}
		p := w.Proof(*b, s)
		p.At = now
		return []approvals.Proof{p}
	}
	switch to {
	case approvals.AwaitingStepUp:
		if a.State == approvals.Held {
			b.Generation++
		}
		b.Wait, b.ConfirmSerial = 0, 0
		b.NotifyBy, b.NotBefore, b.ConfirmBy, b.RenewAt, b.ClaimBy = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
		b.Contacts = slices.Clone(b.Contacts)
		for i := range b.Contacts {
			b.Contacts[i].AcceptedAt, b.Contacts[i].RefusedAt = time.Time{}, time.Time{}
		}
	case approvals.Notifying:
		b.NotifyBy = now.Add(approvals.NotifyWindow)
		return proof(approvals.StageStepUp)
	case approvals.CoolingOff:
		b.Contacts = slices.Clone(b.Contacts)
		for i, n := range b.Contacts {
			if n.AcceptedAt.IsZero() {
				b.Contacts[i].AcceptedAt = now
			}
		}
		b.NotBefore = later(b.NotBefore, now.Add(b.Wait))
	case approvals.Held:
		b.HeldFrom, b.Hold, b.HoldBy = a.State, approvals.HoldAgent, now.Add(approvals.HoldWindow)
	case approvals.AwaitingConfirmation, approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved:
		b.NotBefore = later(b.NotBefore, a.CreatedAt)
		b.ConfirmBy = later(b.ConfirmBy, now.Add(approvals.ConfirmWindow))
		if to != approvals.AwaitingConfirmation {
			b.ClaimBy = later(b.ClaimBy, now.Add(approvals.ClaimWindow))
			return proof(approvals.StageConfirmation)
		}
	case approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	return nil
}

func later(times ...time.Time) time.Time {
	return slices.MaxFunc(times, func(a, b time.Time) int { return a.Compare(b) })
}

// TestNextTable compares the schema's own table of moves with approvals.Next.
func TestNextTable(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		query := "SELECT sql FROM sqlite_master WHERE name = 'actions_next'"
		if db.Postgres() {
			query = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'actions_next'"
		}
		var text string
		if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&text); err != nil {
			t.Fatal(err)
		}
		word := regexp.MustCompile(`'(\w+)'`)
		found := map[approvals.State][]approvals.State{}
		for _, m := range regexp.MustCompile(`(?s)WHEN '(\w+)'(?:::text)? THEN (.*?)(?:\n|$)`).FindAllStringSubmatch(text, -1) {
			for _, to := range word.FindAllStringSubmatch(m[2], -1) {
				found[approvals.State(m[1])] = append(found[approvals.State(m[1])], approvals.State(to[1]))
			}
		}
		for _, from := range approvals.States {
			want := approvals.Next(from)
			got := found[from]
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("from %s the database admits %v, want %v", from, got, want)
			}
		}
	})
}

// TestOpenStates: the index of rule 6 covers exactly the states that stand in
// the way of another action.
func TestOpenStates(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		for _, state := range approvals.States {
			a := w.Drive(t, state)
			b := a
			b.ID = approvals.ActionID(approvalstest.NewID())
			b.State, b.EndedAt, b.HeldFrom, b.Hold, b.Cancel = approvals.AwaitingStepUp, time.Time{}, "", "", ""
			b.NotifyBy, b.NotBefore, b.ConfirmBy, b.RenewAt, b.ClaimBy, b.ResultBy = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
			b.Version, b.Generation, b.Wait, b.MovedAt, b.Claims, b.ClaimedAt = 1, 1, 0, b.CreatedAt, 0, time.Time{}
			err := attempt(t, w, func(tx *approvaldb.Tx) error {
				if err := w.Parts.ForceNew(tx, b); err != nil {
					return err
				}
				return tx.Record(eventOf(b, ""))
			})
			if open := approvaldb.Duplicate(err, "actions_one_open", "actions.marketplace", "actions.seller", "actions.kind"); open != state.Open() || err != nil && !open {
				t.Errorf("beside an action in %s: %v, want it refused: %t", state, err, state.Open())
			}
		}
	})
}
