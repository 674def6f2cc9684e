package approvaldb_test

import (
	"bytes"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// People of the desk: two admins, one who was removed, an agent, and an admin who is
// new.
const (
	ada  = "00000000-0000-7000-8000-00000000000a"
	bob  = "00000000-0000-7000-8000-00000000000b"
	evan = "00000000-0000-7000-8000-00000000000c"
	eve  = "00000000-0000-7000-8000-00000000000e"
	nina = "00000000-0000-7000-8000-00000000000d" // a day after the others
)

// staff adds them.
func staff(tx *approvaldb.Tx, now time.Time) error {
	for i, p := range []struct{ id, role string }{{ada, "admin"}, {bob, "admin"}, {evan, "admin"}, {eve, "agent"}, {nina, "admin"}} {
		now := now
		if p.id == nina {
			now = now.Add(24 * time.Hour)
		}
		b := []byte{byte(i)}
		removed := approvaldb.Instant{}
		if p.id == evan {
			removed = approvaldb.At(now)
		}
		err := tx.Exec(`INSERT INTO people (id, role, name, handle, invite_hash, invited_until, created_at, joined_at, removed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.id, p.role, p.id, bytes.Repeat(b, 64), bytes.Repeat(b, 32), approvaldb.At(now.Add(time.Hour)), approvaldb.At(now), approvaldb.At(now), removed).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// policy does this where ada has proposed something milder an hour ago, and :now
// and :day stand for now and a day later.
func policy(statements ...string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, _ approvals.Action) error {
		now := w.Clock.Now()
		if err := staff(tx, now.Add(-25*time.Hour)); err != nil {
			return errUndo
		}
		const propose = `INSERT INTO policies (number, name, hash, source, base, milder, state, proposer, proposed_at, lapses_at) VALUES (1, 'p', ?, 'x', 0, '["x"]', 'proposed', ?, ?, ?)`
		if err := tx.Exec(propose, bytes.Repeat([]byte{1}, 32), ada, approvaldb.At(now.Add(-time.Hour)), approvaldb.At(now.Add(3*time.Hour))).Error; err != nil {
			return errUndo
		}
		for i, s := range statements {
			var values []any
			for _, word := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,()", r) }) {
				switch word {
				case ":now":
					values = append(values, approvaldb.At(now))
				case ":day":
					values = append(values, approvaldb.At(now.Add(24*time.Hour)))
				case ":soon":
					values = append(values, approvaldb.At(now.Add(24*time.Hour-time.Microsecond)))
				}
			}
			s = strings.NewReplacer(":now", "?", ":day", "?", ":soon", "?").Replace(s)
			if err := tx.Exec(s, values...).Error; err != nil {
				if i < len(statements)-1 {
					return errUndo
				}
				return err
			}
		}
		return nil
	}
}

const (
	approved = "UPDATE policies SET state = 'scheduled', approver = '" + bob + "', approved_at = :now, effective_at = :day"
	also     = "INSERT INTO policies (number, name, hash, source, base, milder, state, proposer, proposed_at, lapses_at, effective_at, since) SELECT 2, name, hash, source, 0, "
)

var policyShortcuts = []shortcut{
	{"policy rewritten after it was signed", approvals.Notifying, policy("UPDATE policies SET source = 'y', state = 'rejected', ended_at = :now")},
	{"policy approved by who proposed it", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', approver = '" + ada + "', approved_at = :now, effective_at = :day")},
	{"policy approved by an agent", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', approver = '" + eve + "', approved_at = :now, effective_at = :day")},
	{"policy approved by who was removed", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', approver = '" + evan + "', approved_at = :now, effective_at = :day")},
	{"policy approved by who joined an hour ago", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', approver = '" + nina + "', approved_at = :now, effective_at = :day")},
	{"policy approved by nobody", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', effective_at = :day")},
	{"policy a moment before its day", approvals.Notifying, policy("UPDATE policies SET state = 'scheduled', approver = '" + bob + "', approved_at = :now, effective_at = :soon")},
	{"policy in force without a day", approvals.Notifying, policy("UPDATE policies SET state = 'effective', effective_at = :now, since = :now")},
	{"policy in force before its day", approvals.Notifying, policy(approved, "UPDATE policies SET state = 'effective', since = :soon")},
	{"policy with another approver", approvals.Notifying, policy(approved, "UPDATE policies SET state = 'effective', since = :day, approver = '"+ada+"'")},
	{"policy approved earlier", approvals.Notifying, policy(approved, "UPDATE policies SET state = 'effective', since = :day, approved_at = proposed_at")},
	{"policy brought back", approvals.Notifying, policy("UPDATE policies SET state = 'rejected', ended_at = :now", "UPDATE policies SET state = 'proposed', ended_at = NULL")},
	{"policy forgotten", approvals.Notifying, policy("DELETE FROM policies")},
	{"policy proposed by an agent", approvals.Notifying, policy("UPDATE policies SET state = 'rejected', ended_at = :now", also+"milder, 'proposed', '"+eve+"', proposed_at, lapses_at, NULL, NULL FROM policies")},
	{"milder policy in force at once", approvals.Notifying, policy(also + "milder, 'effective', proposer, proposed_at, NULL, proposed_at, proposed_at FROM policies")},
	{"milder policy of nobody", approvals.Notifying, policy("UPDATE policies SET state = 'rejected', ended_at = :now", also+"milder, 'proposed', NULL, proposed_at, lapses_at, NULL, NULL FROM policies")},
	{"policy proposed for more than four hours", approvals.Notifying, policy("UPDATE policies SET state = 'rejected', ended_at = :now", also+"milder, 'proposed', '"+bob+"', proposed_at, coalesce(:day, lapses_at), NULL, NULL FROM policies")},
	{"two policies proposed", approvals.Notifying, policy(also + "milder, 'proposed', '" + bob + "', proposed_at, lapses_at, NULL, NULL FROM policies")},
	{"policy that starts as scheduled", approvals.Notifying, policy(also + "'[]', 'scheduled', '" + bob + "', proposed_at, NULL, proposed_at, NULL FROM policies")},
}
