package approvaldb_test

import (
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// decidedByTwo does something where two agents decided on the action by hand.
func decidedByTwo(verb string, do func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := approvalstest.Agree(tx, verb, a, w.Clock.Now()); err != nil {
			return errUndo
		}
		return do(w, tx, a)
	}
}

// inCase runs statements in a case of the action's seller in which anna proposed this
// an hour ago; the last one is to be refused. Words that begin with a colon stand for
// values.
func inCase(verb string, statements ...string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		now := w.Clock.Now()
		values := map[string]any{
			":now": approvaldb.At(now), ":before": approvaldb.At(now.Add(-time.Hour)), ":late": approvaldb.At(now.Add(3 * time.Hour)),
			":beyond": approvaldb.At(now.Add(3*time.Hour + time.Microsecond)),
			":m":      string(a.Marketplace), ":s": string(a.Seller), ":a": string(a.ID), ":g": a.Generation, ":verb": verb,
		}
		setup := []string{
			"INSERT INTO cases (number, marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) VALUES (90001, :m , :s , 'by hand', :before , '', :late , 1)",
		}
		if verb != "" {
			setup = append(setup, proposedRow("00000000-0000-7000-8000-00000000f001", anna, "90001"))
		}
		for id, role := range deskRoles {
			if err := approvalstest.Staff(tx, id, role, now.AddDate(0, -2, 0)); err != nil {
				return errUndo
			}
		}
		if err := approvalstest.Staff(tx, nova, "agent", now.Add(time.Microsecond-24*time.Hour)); err != nil {
			return errUndo
		}
		if err := tx.Exec("UPDATE people SET removed_at = joined_at WHERE id = ?", carl).Error; err != nil {
			return errUndo
		}
		all := append(setup, statements...)
		for i, s := range all {
			var args []any
			for _, word := range strings.Fields(s) {
				if v, named := values[word]; named {
					args = append(args, v)
				}
			}
			for word := range values {
				s = strings.ReplaceAll(s, word+" ", "? ")
				if strings.HasSuffix(s, word) {
					s = strings.TrimSuffix(s, word) + "?"
				}
			}
			if err := tx.Exec(s, args...).Error; err != nil {
				if i < len(all)-1 {
					return errUndo
				}
				return err
			}
		}
		return nil
	}
}

// nova joined a moment less than a day ago.
const nova = "00000000-0000-7000-8000-0000000d0008"

// proposedRow is a statement that proposes the verb; where it is about an action,
// about this one.
func proposedRow(id, who, number string) string {
	return "INSERT INTO decisions (id, case_number, verb, marketplace, seller, lock_epoch, action, generation, sellers, reason, note, facts, proposer, proposed_at, lapses_at, state) " +
		"SELECT '" + id + "', " + number + ", v.verb, v.m, v.s, 0, CASE WHEN v.verb = 'resume' THEN a.id END, CASE WHEN v.verb = 'resume' THEN a.generation END, '[]', 'V1', '', '{}', '" + who + "', v.at, v.late, 'proposed' " +
		"FROM actions a, (SELECT CAST( :verb AS text) AS verb, CAST( :m AS text) AS m, CAST( :s AS text) AS s, d.opened_at AS at, d.decide_by AS late FROM cases d WHERE d.number = 90001) v WHERE a.marketplace = v.m AND a.seller = v.s"
}

const carried = "UPDATE decisions SET state = 'carried_out', decider_reason = 'V2', decider_note = '', decided_at = :now , decider = '"

var deskShortcuts = []shortcut{
	{"unlocked by nobody", approvals.Approved, whileLocked(false, ofSeller("UPDATE sellers SET locked = (1 = 0) WHERE id = ?"))},
	{"unlocked by a decision on the lock before", approvals.Approved, whileLocked(true, twice(
		"UPDATE sellers SET locked = (1 = 1), lock_epoch = lock_epoch + 1, locked_at = created_at, locked_by = 'x' WHERE id = ?", "UPDATE sellers SET locked = (1 = 0) WHERE id = ?"))},
	{"resumed by nobody", approvals.Held, move(approvals.AwaitingStepUp, func(*approvals.Action) {})},
	{"agent settles alone", approvals.Unresolved, byAgent(approvals.Executed)},
	{"agent denies alone", approvals.Held, byAgent(approvals.Denied)},
	{"decided by who proposed it", approvals.Held, inCase("unlock", carried+anna+"'")},
	{"decided by an auditor", approvals.Held, inCase("unlock", carried+otto+"'")},
	{"decided by an admin", approvals.Held, inCase("unlock", carried+adele+"'")},
	{"decided by who was removed", approvals.Held, inCase("unlock", carried+carl+"'")},
	{"decided by nobody", approvals.Held, inCase("unlock", "UPDATE decisions SET state = 'carried_out', decided_at = :now")},
	{"decided too late", approvals.Held, inCase("unlock", "UPDATE decisions SET state = 'carried_out', decider_reason = 'V2', decider_note = '', decided_at = lapses_at, decider = '"+marco+"'")},
	{"decided without a word", approvals.Held, inCase("unlock", "UPDATE decisions SET state = 'carried_out', decided_at = :now , decider = '"+marco+"'")},
	{"proposed for more than four hours", approvals.Held, inCase("", "UPDATE cases SET decide_by = :beyond", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001"), ":verb", "'unlock'", 1))},
	{"decided by who is new", approvals.Held, inCase("unlock", carried+nova+"'")},
	{"proposed by who is new", approvals.Held, inCase("", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f003", nova, "90001"), ":verb", "'unlock'", 1), carried+marco+"'")},
	{"decision rewritten", approvals.Held, inCase("unlock", "UPDATE decisions SET note = 'x'")},
	{"decision given a longer life", approvals.Held, inCase("unlock", "UPDATE decisions SET lapses_at = NULL")},
	{"decision brought back", approvals.Held, inCase("unlock", "UPDATE decisions SET state = 'void', decided_at = :now", "UPDATE decisions SET state = 'proposed', decided_at = NULL")},
	{"decision answered twice", approvals.Held, inCase("unlock", carried+marco+"'", "UPDATE decisions SET state = 'rejected'")},
	{"decision forgotten", approvals.Held, inCase("unlock", "DELETE FROM decisions")},
	{"two proposals in one case", approvals.Held, inCase("unlock", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f002", marco, "90001"), ":verb", "'reset_authenticators'", 1))},
	{"proposed by an auditor", approvals.Held, inCase("", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f003", otto, "90001"), ":verb", "'unlock'", 1))},
	{"proposed by who was removed", approvals.Held, inCase("", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f003", carl, "90001"), ":verb", "'unlock'", 1))},
	{"a verb that there is not", approvals.Held, inCase("", strings.Replace(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001"), ":verb", "'approve'", 1))},
	{"begun as carried out", approvals.Held, inCase("", begunCarriedOut)},
	{"unlock decided by one", approvals.Held, inCase("", byOne)},
	{"unlock proposed in two cases", approvals.Held, inCase("unlock", anotherCase, proposedRow("00000000-0000-7000-8000-00000000f004", marco, "90002"))},
	{"resume proposed in two cases", approvals.Held, inCase("resume", anotherCase, proposedRow("00000000-0000-7000-8000-00000000f004", marco, "90002"))},
	{"unlock about an action", approvals.Held, inCase("", strings.Replace(strings.ReplaceAll(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001"), "= 'resume'", "= 'unlock'"), ":verb", "'unlock'", 1))},
	{"unlock about a destination", approvals.Held, inCase("", strings.NewReplacer("lapses_at, state)", "lapses_at, state, scope, fingerprint)", "'proposed' FROM", "'proposed', '', 'x' FROM", ":verb", "'unlock'").Replace(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001")))},
	{"case closed with a proposal in it", approvals.Held, inCase("unlock", "UPDATE cases SET closed_at = :now , outcome = 'close' WHERE number = 90001")},
	{"case closed without an outcome", approvals.Held, inCase("", "UPDATE cases SET closed_at = :now WHERE number = 90001")},
	{"case opened again", approvals.Held, inCase("", "UPDATE cases SET closed_at = :now , outcome = 'close' WHERE number = 90001", "UPDATE cases SET closed_at = NULL, outcome = NULL WHERE number = 90001")},
	{"trouble forgotten", approvals.Held, inCase("", "UPDATE cases SET joined = 0 WHERE number = 90001")},
	{"case about something else", approvals.Held, inCase("", "UPDATE cases SET reason = 'x' WHERE number = 90001")},
	{"case deleted", approvals.Held, inCase("", "DELETE FROM cases WHERE number = 90001")},
	{"note changed", approvals.Held, inCase("", noteByHand, "UPDATE case_notes SET note = 'y'")},
	{"note deleted", approvals.Held, inCase("", noteByHand, "DELETE FROM case_notes")},
	{"reveal changed", approvals.Held, inCase("", revealByHand+"'name')", "UPDATE reveals SET reason = 'V2'")},
	{"reveal deleted", approvals.Held, inCase("", revealByHand+"'name')", "DELETE FROM reveals")},
	{"reveal of what nobody may see", approvals.Held, inCase("", revealByHand+"'seed')")},
}

const (
	anotherCase  = "INSERT INTO cases (number, marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) VALUES (90002, :m , :s , 'by hand too', :before , '', :late , 0)"
	noteByHand   = "INSERT INTO case_notes (id, case_number, person, note, written_at) VALUES ('00000000-0000-7000-8000-00000000f005', 90001, '" + anna + "', 'x', :now )"
	revealByHand = "INSERT INTO reveals (id, case_number, reason, person, revealed_at, field) VALUES ('00000000-0000-7000-8000-00000000f006', 90001, 'V1', '" + anna + "', :now , "
)

// begunCarriedOut is a decision of two that was never proposed.
var begunCarriedOut = strings.NewReplacer("lapses_at, state)", "lapses_at, state, decider, decider_reason, decider_note, decided_at)",
	"'proposed' FROM", "'carried_out', '"+marco+"', 'V1', '', v.at FROM", ":verb", "'unlock'").Replace(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001"))

// byOne is one that was never to be answered.
var byOne = strings.NewReplacer("lapses_at, state)", "lapses_at, state, decided_at)", "v.late, 'proposed' FROM", "NULL, 'carried_out', v.at FROM", ":verb", "'unlock'").
	Replace(proposedRow("00000000-0000-7000-8000-00000000f003", anna, "90001"))

// byAgent is a legal move that an agent makes alone.
func byAgent(to approvals.State) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, to)
		if err := tx.Force(b); err != nil {
			return errUndo
		}
		e := eventOf(b, a.State)
		e.Actor = approvalstest.Agent
		return tx.Record(e)
	}
}
