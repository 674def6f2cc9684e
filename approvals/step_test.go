package approvals_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"countersign/approvals"
)

// What a verb does in a state: a move, a refusal by its code, or one of these.
const (
	same   = "nothing"                    // no change at all
	noted  = "stays, with a new version"  // recorded without a move
	others = approvals.State("elsewhere") // every state a row does not name
)

// verb is one of the steps an action can be asked to take, with arguments that
// are right for it wherever it is allowed.
type verb struct {
	name string
	take func(approvals.Action) (approvals.Change, error)
	want map[approvals.State]string
}

// moves reads "becomes notifying".
func moves(to approvals.State) string { return "becomes " + string(to) }

func refuses(c approvals.Code) string { return "refuses: " + string(c) }

// verbs is every verb with what it does in every state (STANDARDS TA-10).
func verbs() []verb {
	return slices.Concat(proofVerbs(), noticeVerbs(), stopVerbs(), timeVerbs(), releaseVerbs())
}

func proofVerbs() []verb {
	return []verb{
		{"step_up", func(a approvals.Action) (approvals.Change, error) {
			return a.StepUp(proof(a, approvals.StageStepUp, approvals.TOTP, soon(a)), seller, soon(a))
		}, map[approvals.State]string{
			approvals.AwaitingStepUp: moves(approvals.Notifying),
			others:                   refuses(approvals.CodeState),
		}},
		{"confirm", func(a approvals.Action) (approvals.Change, error) {
			return a.Confirm(proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), link(a), seller, soon(a))
		}, map[approvals.State]string{
			approvals.AwaitingConfirmation: moves(approvals.Approved),
			others:                         refuses(approvals.CodeState),
		}},
		{"handoff", func(a approvals.Action) (approvals.Change, error) { return a.Handoff(market, soon(a)) },
			map[approvals.State]string{
				others:              noted,
				approvals.Executed:  refuses(approvals.CodeState),
				approvals.Cancelled: refuses(approvals.CodeState),
				approvals.Denied:    refuses(approvals.CodeState),
				approvals.Expired:   refuses(approvals.CodeState),
				approvals.Failed:    refuses(approvals.CodeState),
			}},
		{"fail", func(a approvals.Action) (approvals.Change, error) { return a.Fail(soon(a)) },
			map[approvals.State]string{
				approvals.AwaitingStepUp:       moves(approvals.Failed),
				approvals.AwaitingConfirmation: moves(approvals.Failed),
				others:                         refuses(approvals.CodeState),
			}},
	}
}

func noticeVerbs() []verb {
	return []verb{
		{"notice accepted", func(a approvals.Action) (approvals.Change, error) {
			return a.NoticeAccepted(seller.Contacts[0].Email, approvals.MailDone{ID: "mail-1", At: soon(a)}, seller)
		}, map[approvals.State]string{
			approvals.Notifying: moves(approvals.CoolingOff),
			others:              same,
		}},
		{"notice refused", func(a approvals.Action) (approvals.Change, error) {
			return a.NoticeRefused(seller.Contacts[0].Email, approvals.MailDone{ID: "mail-1", At: soon(a)})
		}, map[approvals.State]string{
			approvals.Notifying:            moves(approvals.Held),
			approvals.CoolingOff:           moves(approvals.Held),
			approvals.AwaitingConfirmation: moves(approvals.Held),
			approvals.Approved:             moves(approvals.Held),
			others:                         same,
		}},
	}
}

func stopVerbs() []verb {
	hold := func(c approvals.HoldCode) func(approvals.Action) (approvals.Change, error) {
		return func(a approvals.Action) (approvals.Change, error) { return a.HoldFor(c, agent, soon(a)) }
	}
	held := func(again string) map[approvals.State]string {
		return map[approvals.State]string{
			approvals.AwaitingStepUp:       moves(approvals.Held),
			approvals.Notifying:            moves(approvals.Held),
			approvals.CoolingOff:           moves(approvals.Held),
			approvals.AwaitingConfirmation: moves(approvals.Held),
			approvals.Approved:             moves(approvals.Held),
			approvals.Held:                 again,
			others:                         refuses(approvals.CodeState),
		}
	}
	return []verb{
		{"cancel", func(a approvals.Action) (approvals.Change, error) {
			return a.CancelFor(approvals.ChangedMind, a.SellerActor(), soon(a))
		}, map[approvals.State]string{
			approvals.AwaitingStepUp:       moves(approvals.Cancelled),
			approvals.Notifying:            moves(approvals.Cancelled),
			approvals.CoolingOff:           moves(approvals.Cancelled),
			approvals.AwaitingConfirmation: moves(approvals.Cancelled),
			approvals.Approved:             moves(approvals.Cancelled),
			approvals.Held:                 moves(approvals.Cancelled),
			approvals.Releasing:            refuses(approvals.CodeTooLateToCancel),
			approvals.Executed:             refuses(approvals.CodeTooLateToCancel),
			approvals.ExecutionFailed:      refuses(approvals.CodeTooLateToCancel),
			approvals.Unresolved:           refuses(approvals.CodeTooLateToCancel),
			approvals.Cancelled:            same,
			others:                         refuses(approvals.CodeState),
		}},
		{"hold for review", hold(approvals.HoldReview), held(same)},
		{"hold for the same reason", hold(approvals.HoldAgent), held(same)},
		{"hold for a missing notice", hold(approvals.HoldNotice), held(same)},
		{"hold for a lock", hold(approvals.HoldLocked), held(noted)},
		{"restart", func(a approvals.Action) (approvals.Change, error) { return a.Restart(seller, agent, soon(a)) },
			map[approvals.State]string{
				approvals.Held: moves(approvals.AwaitingStepUp),
				others:         refuses(approvals.CodeState),
			}},
	}
}

func timeVerbs() []verb {
	return []verb{
		{"due, a moment early", func(a approvals.Action) (approvals.Change, error) { return a.Due(seller, a.DueAt().Add(-1)) },
			map[approvals.State]string{others: same}},
		{"due", func(a approvals.Action) (approvals.Change, error) { return a.Due(seller, a.DueAt()) },
			map[approvals.State]string{
				approvals.AwaitingStepUp:       moves(approvals.Expired),
				approvals.Notifying:            moves(approvals.Held),
				approvals.CoolingOff:           moves(approvals.AwaitingConfirmation),
				approvals.AwaitingConfirmation: noted, // a new link
				approvals.Approved:             moves(approvals.Expired),
				approvals.Releasing:            moves(approvals.Unresolved),
				approvals.Held:                 moves(approvals.Expired),
				others:                         same,
			}},
		{"due, a month late", func(a approvals.Action) (approvals.Change, error) {
			if a.DueAt().IsZero() {
				return a.Due(seller, a.MovedAt.AddDate(0, 1, 0))
			}
			return a.Due(seller, a.DueAt().AddDate(0, 1, 0))
		}, map[approvals.State]string{
			approvals.AwaitingStepUp:       moves(approvals.Expired),
			approvals.Notifying:            moves(approvals.Held),
			approvals.CoolingOff:           moves(approvals.AwaitingConfirmation), // its window starts now
			approvals.AwaitingConfirmation: moves(approvals.Expired),
			approvals.Approved:             moves(approvals.Expired),
			approvals.Releasing:            moves(approvals.Unresolved),
			approvals.Held:                 moves(approvals.Expired),
			others:                         same,
		}},
		{"resend", func(a approvals.Action) (approvals.Change, error) { return a.Resend(seller, a.SellerActor(), soon(a)) },
			map[approvals.State]string{
				approvals.AwaitingConfirmation: noted,
				others:                         refuses(approvals.CodeState),
			}},
	}
}

func releaseVerbs() []verb {
	report := func(o approvals.ReportedOutcome) func(approvals.Action) (approvals.Change, error) {
		return func(a approvals.Action) (approvals.Change, error) {
			return a.Report(approvals.Result{Outcome: o}, soon(a))
		}
	}
	return []verb{
		{"claim", func(a approvals.Action) (approvals.Change, error) {
			return a.ClaimFor(a.Details, seller, gate(a), soon(a))
		}, map[approvals.State]string{
			approvals.Approved:        moves(approvals.Releasing),
			approvals.ExecutionFailed: moves(approvals.Releasing),
			approvals.Releasing:       refuses(approvals.CodeAlreadyClaimed),
			approvals.Executed:        refuses(approvals.CodeAlreadyClaimed),
			approvals.Unresolved:      refuses(approvals.CodeAlreadyClaimed),
			others:                    refuses(approvals.CodeNotApproved),
		}},
		{"claim with other details", func(a approvals.Action) (approvals.Change, error) {
			return a.ClaimFor([]byte(`{"to":`+oldAccount+`}`), seller, gate(a), soon(a))
		}, map[approvals.State]string{
			approvals.Approved:        moves(approvals.Held) + ", " + refuses(approvals.CodeMismatch),
			approvals.ExecutionFailed: same + ", " + refuses(approvals.CodeMismatch),
			approvals.Releasing:       refuses(approvals.CodeAlreadyClaimed),
			approvals.Executed:        refuses(approvals.CodeAlreadyClaimed),
			approvals.Unresolved:      refuses(approvals.CodeAlreadyClaimed),
			others:                    refuses(approvals.CodeNotApproved),
		}},
		{"report executed", report(approvals.ResultExecuted), map[approvals.State]string{
			approvals.Releasing:       moves(approvals.Executed),
			approvals.Unresolved:      moves(approvals.Executed),
			approvals.Executed:        same,
			approvals.ExecutionFailed: refuses(approvals.CodeResultConflict),
			others:                    refuses(approvals.CodeState),
		}},
		{"report failed", report(approvals.ResultFailed), map[approvals.State]string{
			approvals.Releasing:       moves(approvals.ExecutionFailed),
			approvals.Unresolved:      moves(approvals.ExecutionFailed),
			approvals.ExecutionFailed: same,
			approvals.Executed:        refuses(approvals.CodeResultConflict),
			others:                    refuses(approvals.CodeState),
		}},
	}
}

// TestEveryStateEveryVerb: each verb in each state does exactly what the table
// says and nothing else.
func TestEveryStateEveryVerb(t *testing.T) {
	t.Parallel()
	for _, v := range verbs() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range approvals.States {
				want, named := v.want[s]
				if !named {
					want = v.want[others]
				}
				checkCell(t, v, reach(t, s), want)
			}
		})
	}
}

func checkCell(t *testing.T, v verb, a approvals.Action, want string) {
	t.Helper()
	before := copyOf(t, a)
	c, err := v.take(a)
	if got := outcome(a, c, err); got != want {
		t.Errorf("%s in %s: %s, want %s", v.name, a.State, got, want)
	}
	if !reflect.DeepEqual(before, copyOf(t, a)) {
		t.Errorf("%s in %s changed the action it was called on", v.name, a.State)
	}
	switch {
	case err != nil && c.Action.Version == a.Version+1: // payload_mismatch: refused and held
		checkRecord(t, v, a, c)
	case err != nil:
		e, ok := errors.AsType[*approvals.Error](err)
		if !ok || e.Facts["state"] != string(a.State) || e.Facts["action_id"] != string(a.ID) {
			t.Errorf("%s in %s: the refusal %v does not say which action in which state", v.name, a.State, err)
		}
	case c.Changed(a):
		checkRecord(t, v, a, c)
	default:
		if !reflect.DeepEqual(c, approvals.Unchanged(a)) {
			t.Errorf("%s in %s changes nothing, but carries %+v", v.name, a.State, c)
		}
	}
}

// checkRecord holds DESIGN rule 15 for one change: one version, one event.
func checkRecord(t *testing.T, v verb, a approvals.Action, c approvals.Change) {
	t.Helper()
	b, e := c.Action, c.Event
	if b.State != a.State && !slices.Contains(approvals.Next(a.State), b.State) {
		t.Errorf("%s moves %s to %s, which no table allows", v.name, a.State, b.State)
	}
	if b.Version != a.Version+1 || e.Version != b.Version || e.Generation != b.Generation {
		t.Errorf("%s in %s: version %d after %d, event %+v", v.name, a.State, b.Version, a.Version, e)
	}
	if e.Action != string(a.ID) || e.From != string(a.State) || e.To != string(b.State) || e.Verb == "" || e.Actor.Type == "" || !e.At.Equal(b.MovedAt) {
		t.Errorf("%s in %s: event %+v does not tell the move to %s", v.name, a.State, e, b.State)
	}
	if hook := "action." + string(b.State); b.State != a.State && !slices.Equal(c.Webhooks, []string{hook}) {
		t.Errorf("%s in %s: webhooks %v, want %s", v.name, a.State, c.Webhooks, hook)
	}
	if b.State.Final() != !b.EndedAt.IsZero() {
		t.Errorf("%s in %s: %s with end %v", v.name, a.State, b.State, b.EndedAt)
	}
	if b.MovedAt.Before(a.MovedAt) {
		t.Errorf("%s in %s: time went back from %v to %v", v.name, a.State, a.MovedAt, b.MovedAt)
	}
}

func outcome(a approvals.Action, c approvals.Change, err error) string {
	did := same
	switch {
	case c.Action.Version == 0:
		did = ""
	case c.Action.State != a.State:
		did = moves(c.Action.State)
	case c.Changed(a):
		did = noted
	}
	switch {
	case err == nil:
		return did
	case did == "":
		return refuses(code(err))
	}
	return did + ", " + refuses(code(err))
}
