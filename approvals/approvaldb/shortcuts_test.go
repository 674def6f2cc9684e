package approvaldb_test

import (
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// shortcut is one thing somebody with a database shell, or a bug, might do to an
// action in a state. Each is one step away from what is allowed.
type shortcut struct {
	name  string
	state approvals.State
	do    func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error
}

func shortcuts() []shortcut {
	return slices.Concat(proofShortcuts, timeShortcuts, moveShortcuts, frozenShortcuts, keyShortcuts, recordShortcuts, sellerShortcuts, outgoingShortcuts, pushShortcuts, webhookShortcuts, approverShortcuts, policyShortcuts, deviceShortcuts, destinationShortcuts, deskShortcuts, recoveryShortcuts)
}

// ready drives one action to each state that shortcuts start in.
func ready(t *testing.T, w *approvalstest.World) map[approvals.State]approvals.Action {
	t.Helper()
	in := map[approvals.State]approvals.Action{}
	for _, s := range shortcuts() {
		if _, known := in[s.state]; !known {
			in[s.state] = drive(t, w, s.state)
		}
	}
	for state, a := range in {
		if now := w.Read(t, a); now.State != a.State || now.Version != a.Version {
			t.Fatalf("the action in %s is in %s by now", state, now.State)
		}
	}
	return in
}

// TestShortcuts: the database refuses every one of them.
func TestShortcuts(t *testing.T) {
	t.Parallel()
	if n := len(shortcuts()); n < 30 {
		t.Fatalf("%d shortcuts, want 30 at least", n)
	}
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		in := ready(t, w)
		for _, s := range shortcuts() {
			err := attempt(t, w, func(tx *approvaldb.Tx) error { return s.do(w, tx, in[s.state]) })
			if !byDatabase(err) {
				t.Errorf("%s: %v, want a refusal of the database", s.name, err)
			}
		}
	})
}

// TestEveryRuleMatters drops one rule of the schema at a time: without it some
// shortcut succeeds, so a rule that is lost or weakened is noticed. SQLite can
// drop triggers, PostgreSQL also constraints.
func TestEveryRuleMatters(t *testing.T) {
	t.Parallel()
	t.Run("triggers", func(t *testing.T) {
		t.Parallel()
		w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
		var rules []struct{ Name, SQL string }
		err := w.DB.Read(t.Context()).Raw("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ?", []string{
			"actions", "events", "proofs", "notices", "claims", "links", "sellers", "contacts", "mails", "deliveries", "delivery_attempts", "announcements", "endpoints", "sightings", "gateway", "pushes", "push_attempts", "approvers", "approver_links", "approver_proofs", "approvals_asked", "policies", "cases", "decisions", "case_notes", "reveals",
		}).Scan(&rules).Error
		if err != nil || len(rules) < 30 {
			t.Fatalf("%d rules, %v", len(rules), err)
		}
		in := ready(t, w)
		for _, rule := range rules {
			dropped(t, w, in, "DROP TRIGGER "+rule.Name, rule.SQL)
		}
	})
	t.Run("constraints", func(t *testing.T) {
		t.Parallel()
		w := approvalstest.Service(t, approvalstest.OpenPostgres(t), approvalstest.NewClock())
		in := ready(t, w)
		for table, names := range map[string][]string{
			"actions": {"actions_event", "actions_claim", "actions_held", "actions_cancelled", "actions_ended", "actions_claimed", "actions_due_at", "actions_fingerprint"},
			"proofs":  {"proofs_digest", "proofs_uv", "proofs_not_empty", "proofs_independent", "proofs_device_known"}, "claims": {"claims_digest"}, "sellers": {"sellers_locked"},
			"links": {"links_stop"}, "mails": {"mails_pending"}, "gateway": {"gateway_halted_why"},
			"pushes": {"pushes_due"}, "push_attempts": {"push_attempts_push", "push_attempts_result", "push_attempts_ended"},
			"policies": {"policies_two", "policies_since"}, "cases": {"cases_outcome"},
			"decisions": {"decisions_two", "decisions_verb", "decisions_state", "decisions_lapse", "decisions_of_action", "decisions_of_place"}, "reveals": {"reveals_field"},
		} {
			for _, name := range names {
				var text string
				if err := w.DB.Read(t.Context()).Raw("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ?", name).Scan(&text).Error; err != nil {
					t.Fatal(err)
				}
				dropped(t, w, in, "ALTER TABLE "+table+" DROP CONSTRAINT "+name, "ALTER TABLE "+table+" ADD CONSTRAINT "+name+" "+text)
			}
		}
		for _, name := range []string{"actions_one_open", "proofs_once", "proofs_spent", "push_attempts_open", "push_attempts_once", "policies_one", "decisions_one_open", "decisions_one_unlock", "decisions_one_resume"} {
			var text string
			if err := w.DB.Read(t.Context()).Raw("SELECT indexdef FROM pg_indexes WHERE indexname = ?", name).Scan(&text).Error; err != nil {
				t.Fatal(err)
			}
			dropped(t, w, in, "DROP INDEX "+name, text)
		}
	})
}

// dropped checks that some shortcut succeeds after drop, and brings the rule
// back.
func dropped(t *testing.T, w *approvalstest.World, in map[approvals.State]approvals.Action, drop, restore string) {
	t.Helper()
	if _, err := w.DB.SQL().ExecContext(t.Context(), drop); err != nil {
		t.Fatalf("%s: %v", drop, err)
	}
	matters := slices.ContainsFunc(shortcuts(), func(s shortcut) bool {
		return attempt(t, w, func(tx *approvaldb.Tx) error { return s.do(w, tx, in[s.state]) }) == nil
	})
	if !matters {
		t.Errorf("after %s every shortcut is refused all the same", drop)
	}
	if _, err := w.DB.SQL().ExecContext(t.Context(), restore); err != nil {
		t.Fatalf("%s: %v", restore, err)
	}
}

// move is a guarded move with a change to it, and without its proofs.
func move(to approvals.State, spoil func(b *approvals.Action)) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, to)
		spoil(&b)
		return moveRaw(tx, a, b, proofs...)
	}
}

// proved is a guarded move whose proofs are spoiled.
func proved(to approvals.State, spoil func(p *approvals.Proof)) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, to)
		for i := range proofs {
			spoil(&proofs[i])
		}
		return moveRaw(tx, a, b, proofs...)
	}
}

// unproved is a guarded move that leaves its proofs out.
func unproved(to approvals.State) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, to)
		return moveRaw(tx, a, b)
	}
}

// statement runs one statement about the action.
func statement(sql string, args ...any) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec(sql, append(args, string(a.ID))...).Error
	}
}

var proofShortcuts = []shortcut{
	{"step-up without a proof", approvals.AwaitingStepUp, unproved(approvals.Notifying)},
	{"step-up with a proof over another digest", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Digest[0] ^= 1 })},
	{"step-up with a proof of another generation", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Generation++ })},
	{"step-up with a proof of the other stage", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Stage = approvals.StageConfirmation })},
	{"step-up with a proof of an unknown stage", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Stage = "third" })},
	{"step-up with a proof from before the action", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.At = p.At.Add(-time.Hour) })},
	{"step-up with a proof from the future", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.At = p.At.Add(25 * time.Hour) })},
	{"passkey without user verification", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.UV = false })},
	{"proof that names nothing spent", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Spent = "" })},
	{"confirmation without a proof", approvals.AwaitingConfirmation, unproved(approvals.Approved)},
	{"confirmation with an antedated proof", approvals.AwaitingConfirmation, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, approvals.Approved)
		proofs[0].At = a.NotBefore.Add(-time.Microsecond)
		return moveRaw(tx, a, b, proofs...)
	}},
	{"confirmation with a proof from after the window", approvals.AwaitingConfirmation, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, approvals.Approved)
		proofs[0].At = a.ConfirmBy.Add(time.Microsecond)
		return moveRaw(tx, a, b, proofs...)
	}},
	{"confirmation with what the step-up spent", approvals.AwaitingConfirmation, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, approvals.Approved)
		proofs[0].Spent = a.Proofs[0].Spent
		return moveRaw(tx, a, b, proofs...)
	}},
	{"confirmation by a second step-up", approvals.AwaitingConfirmation, proved(approvals.Approved, func(p *approvals.Proof) { p.Stage = approvals.StageStepUp })},
	{"a proof kept ready while the wait lasts", approvals.CoolingOff, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		p := w.Proof(a, approvals.StageConfirmation)
		p.At = a.NotBefore
		return tx.ForceProof(p)
	}},
	{"a second step-up in one generation", approvals.Notifying, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		p := w.Proof(a, approvals.StageStepUp)
		p.At = a.CreatedAt
		return tx.ForceProof(p)
	}},
	{"two step-ups at once", approvals.AwaitingStepUp, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		p, q := w.Proof(a, approvals.StageStepUp), w.Proof(a, approvals.StageStepUp)
		p.At, q.At = a.CreatedAt, a.CreatedAt
		if err := tx.ForceProof(p); err != nil {
			return errUndo
		}
		return tx.ForceProof(q)
	}},
	{"a proof over another digest, for later", approvals.AwaitingStepUp, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		p := w.Proof(a, approvals.StageStepUp)
		p.At = a.CreatedAt
		p.Digest[0] ^= 1
		return tx.ForceProof(p)
	}},
	{"one challenge for two actions", approvals.Notifying, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		p := a.Proofs[0]
		p.ID, p.Generation = approvalstest.NewID(), 2
		return tx.ForceProof(p)
	}},
	{"proof changed", approvals.Approved, statement("UPDATE proofs SET authenticator = ? WHERE action = ?", "another")},
	{"proof deleted", approvals.Approved, statement("DELETE FROM proofs WHERE action = ?")},
}

var timeShortcuts = []shortcut{
	{"clock started before everybody was told", approvals.Notifying, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.CoolingOff)
		b.Contacts[1].AcceptedAt = time.Time{}
		return moveRaw(tx, a, b)
	}},
	{"clock started before anybody was told", approvals.Notifying, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.CoolingOff)
		b.Contacts = nil
		return moveRaw(tx, a, b)
	}},
	{"wait cut short at its start", approvals.Notifying, move(approvals.CoolingOff, func(b *approvals.Action) { b.NotBefore = b.NotBefore.Add(-time.Microsecond) })},
	{"wait cut short as such", approvals.Notifying, move(approvals.CoolingOff, func(b *approvals.Action) { b.Wait, b.NotBefore = time.Hour, b.MovedAt.Add(time.Hour) })},
	{"wait cut short later", approvals.CoolingOff, move(approvals.CoolingOff, func(b *approvals.Action) { b.NotBefore = b.NotBefore.Add(-time.Hour) })},
	{"wait forgotten", approvals.CoolingOff, move(approvals.Held, func(b *approvals.Action) { b.NotBefore = time.Time{} })},
	{"window opened early", approvals.CoolingOff, move(approvals.AwaitingConfirmation, func(b *approvals.Action) { b.MovedAt = b.NotBefore.Add(-time.Microsecond) })},
	{"window shortened", approvals.AwaitingConfirmation, move(approvals.AwaitingConfirmation, func(b *approvals.Action) { b.ConfirmBy = b.ConfirmBy.Add(-time.Hour) })},
	{"window set before it opens", approvals.CoolingOff, move(approvals.CoolingOff, func(b *approvals.Action) { b.ConfirmBy = b.NotBefore.Add(time.Hour) })},
	{"approved after the window", approvals.AwaitingConfirmation, move(approvals.Approved, func(b *approvals.Action) { b.MovedAt = b.ConfirmBy.Add(time.Microsecond) })},
	{"claimed too late", approvals.Approved, move(approvals.Releasing, func(b *approvals.Action) { b.MovedAt = b.ClaimBy.Add(time.Microsecond); b.ClaimedAt = b.MovedAt })},
	{"step-up too late", approvals.AwaitingStepUp, move(approvals.Notifying, func(b *approvals.Action) { b.MovedAt = b.StepUpBy.Add(time.Microsecond) })},
	{"expired early", approvals.AwaitingStepUp, move(approvals.Expired, func(b *approvals.Action) { b.MovedAt = b.StepUpBy.Add(-time.Microsecond) })},
	{"approval expired early", approvals.Approved, move(approvals.Expired, func(b *approvals.Action) { b.MovedAt = b.ClaimBy.Add(-time.Microsecond) })},
	{"given up early", approvals.Releasing, move(approvals.Unresolved, func(b *approvals.Action) { b.MovedAt = b.ResultBy.Add(-time.Microsecond) })},
	{"time goes back", approvals.AwaitingConfirmation, move(approvals.Held, func(b *approvals.Action) { b.MovedAt = b.MovedAt.Add(-time.Second) })},
	written("waiting without a deadline", "due_at", "NULL"),
	written("due at another time than it says", "due_at", "created_at"),
}

var moveShortcuts = []shortcut{
	{"version kept", approvals.CoolingOff, move(approvals.Held, func(b *approvals.Action) { b.Version-- })},
	{"version skipped", approvals.CoolingOff, move(approvals.Held, func(b *approvals.Action) { b.Version++ })},
	{"approved action failed by hand", approvals.Approved, move(approvals.Failed, func(*approvals.Action) {})},
	{"a state nobody knows", approvals.CoolingOff, move("approved_by_hand", func(*approvals.Action) {})},
	{"released without an approval", approvals.AwaitingConfirmation, move(approvals.Releasing, func(*approvals.Action) {})},
	{"executed without a claim", approvals.Approved, move(approvals.Executed, func(*approvals.Action) {})},
	{"cancelled after the claim", approvals.Releasing, move(approvals.Cancelled, func(*approvals.Action) {})},
	{"cancelling taken back", approvals.Cancelled, move(approvals.AwaitingStepUp, func(*approvals.Action) {})},
	{"an end edited", approvals.Executed, move(approvals.Executed, func(b *approvals.Action) { b.Resends++ })},
	{"release without its claim", approvals.Approved, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Releasing)
		old := a
		old.Claims = b.Claims // moveRaw adds none
		return moveRaw(tx, old, b)
	}},
	{"release that counts no claim", approvals.Approved, move(approvals.Releasing, func(b *approvals.Action) { b.Claims = 0 })},
	{"release that counts two claims", approvals.Approved, move(approvals.Releasing, func(b *approvals.Action) { b.Claims++ })},
	{"a second claim of one release", approvals.Releasing, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.ForceClaim(approvals.Change{Action: a, Claim: &approvals.Claim{Number: 2, Digest: a.Digest, At: a.ClaimedAt}})
	}},
	{"a claim of other details", approvals.Approved, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Releasing)
		if err := tx.Force(b); err != nil {
			return err
		}
		other := b.Digest
		other[0] ^= 1
		if err := tx.ForceClaim(approvals.Change{Action: b, Claim: &approvals.Claim{Number: 1, Digest: other, At: b.ClaimedAt}}); err != nil {
			return err
		}
		return tx.Record(eventOf(b, a.State))
	}},
	{"held action let go further than it came", approvals.Held, move(approvals.Approved, func(b *approvals.Action) {})},
	{"held action given another past", approvals.Held, move(approvals.Held, func(b *approvals.Action) { b.HeldFrom = approvals.Approved })},
	{"held without a past", approvals.CoolingOff, move(approvals.Held, func(b *approvals.Action) { b.HeldFrom = "" })},
	{"held from elsewhere", approvals.CoolingOff, move(approvals.Held, func(b *approvals.Action) { b.HeldFrom = approvals.Approved })},
	{"started again in the same generation", approvals.Held, decidedByTwo("resume", move(approvals.AwaitingStepUp, func(b *approvals.Action) { b.Generation-- }))},
	{"started again with the old notices", approvals.Approved, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		held, _ := guarded(w, a, approvals.Held)
		if err := moveRaw(tx, a, held); err != nil {
			return errUndo
		}
		again, _ := guarded(w, held, approvals.AwaitingStepUp)
		again.Contacts = held.Contacts
		return decidedByTwo("resume", func(_ *approvalstest.World, tx *approvaldb.Tx, held approvals.Action) error {
			return moveRaw(tx, held, again)
		})(w, tx, held)
	}},
	{"started again with an old deadline", approvals.Held, decidedByTwo("resume", move(approvals.AwaitingStepUp, func(b *approvals.Action) { b.NotBefore = b.MovedAt }))},
	{"generation raised on the way", approvals.CoolingOff, move(approvals.CoolingOff, func(b *approvals.Action) { b.Generation++ })},
	{"epoch raised on the way", approvals.CoolingOff, move(approvals.CoolingOff, func(b *approvals.Action) { b.LockEpoch++ })},
	{"cancelled without a reason", approvals.CoolingOff, move(approvals.Cancelled, func(b *approvals.Action) { b.Cancel = "" })},
	{"ended without an end", approvals.CoolingOff, move(approvals.Cancelled, func(b *approvals.Action) { b.EndedAt = time.Time{} })},
}
