package approvalstest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Agent is the actor behind what only an agent does.
var Agent = audit.Actor{Type: audit.Agent, ID: "agent-1"}

// Drive makes an action of a new seller and takes it to the given state by the
// shortest way, moving the clock as far as that needs.
func (w *World) Drive(t testing.TB, to approvals.State) approvals.Action {
	t.Helper()
	if to == approvals.Denied {
		return w.createDenied(t)
	}
	return w.DriveOn(t, w.Create(t), to)
}

// DriveOn takes an action that awaits its step-up to the given state.
func (w *World) DriveOn(t testing.TB, a approvals.Action, to approvals.State) approvals.Action {
	t.Helper()
	switch to {
	case approvals.AwaitingStepUp:
	case approvals.Notifying:
		a = w.must(t)(w.Service.StepUp(context.Background(), a.Key(), w.Proof(a, approvals.StageStepUp)))
	case approvals.CoolingOff:
		a = w.AcceptNotices(t, w.DriveOn(t, a, approvals.Notifying))
	case approvals.AwaitingConfirmation:
		a = w.DriveOn(t, a, approvals.CoolingOff)
		a = w.Pass(t, a)
	case approvals.Approved:
		a = w.DriveOn(t, a, approvals.AwaitingConfirmation)
		a = w.must(t)(w.Service.Confirm(context.Background(), a.Key(), w.ConfirmLink(a), w.Proof(a, approvals.StageConfirmation)))
	case approvals.Releasing:
		a = w.DriveOn(t, a, approvals.Approved)
		a = w.must(t)(w.Service.Claim(context.Background(), a.Key(), a.Details, nil))
	case approvals.Executed, approvals.ExecutionFailed:
		a = w.DriveOn(t, a, approvals.Releasing)
		outcome := approvals.ResultExecuted
		if to == approvals.ExecutionFailed {
			outcome = approvals.ResultFailed
		}
		a = w.must(t)(w.Service.Report(context.Background(), a.Key(), approvals.Result{Outcome: outcome, Reference: "payout-7"}, nil))
	case approvals.Unresolved:
		a = w.Pass(t, w.DriveOn(t, a, approvals.Releasing))
	case approvals.Held:
		a = w.Hold(t, a, approvals.HoldAgent)
	case approvals.Cancelled:
		a = w.must(t)(w.Service.Cancel(context.Background(), a.Key(), approvals.ChangedMind, a.SellerActor()))
	case approvals.Expired:
		a = w.Pass(t, a)
	case approvals.Failed:
		a = w.must(t)(w.Service.TooManyTries(context.Background(), a.Key()))
	case approvals.Denied:
		t.Fatal("an action is denied when it is created")
	}
	if a.State != to {
		t.Fatalf("drove action to %s, want %s", a.State, to)
	}
	return a
}

// AcceptNotices lets the mail servers accept every notice of this action.
func (w *World) AcceptNotices(t testing.TB, a approvals.Action) approvals.Action {
	t.Helper()
	notice := "SELECT id FROM mails WHERE action = ? AND recipient = ? AND kind IN ('notice', 'verify') AND generation = ?"
	if w.DB.Postgres() {
		notice = "SELECT id FROM mails WHERE action = $1 AND recipient = $2 AND kind IN ('notice', 'verify') AND generation = $3"
	}
	for _, n := range a.Contacts {
		done := approvals.MailDone{At: w.Clock.Now(), Answer: "250 2.0.0 ok"}
		if err := w.DB.SQL().QueryRowContext(context.Background(), notice, string(a.ID), n.Email, a.Generation).Scan(&done.ID); err != nil {
			t.Fatalf("find the notice to %s: %v", n.Email, err)
		}
		a = w.must(t)(w.Parts.Store.Update(context.Background(), a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
			return a.NoticeAccepted(n.Email, done, s)
		}))
	}
	return a
}

// Read returns the action as stored.
func (w *World) Read(t testing.TB, a approvals.Action) approvals.Action {
	t.Helper()
	return w.must(t)(w.Service.Reader.Action(context.Background(), a.Key()))
}

// Pass moves the clock to the action's next deadline and makes the move that is
// due, of this action alone.
func (w *World) Pass(t testing.TB, a approvals.Action) approvals.Action {
	t.Helper()
	if due := a.DueAt(); due.After(w.Clock.Now()) {
		w.Clock.Set(due)
	}
	return w.must(t)(w.Parts.Store.Update(context.Background(), a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return w.sealed(a.Due(s, w.Clock.Now()))
	}))
}

// sealed gives the links of a change their hashes, as the service does.
func (w *World) sealed(c approvals.Change, err error) (approvals.Change, error) {
	for i, l := range c.Links {
		c.Links[i].Hash = approvals.HashToken(w.Keys.Links().Of(l))
	}
	return c, err
}

// Hold holds an action for this reason, as an agent.
func (w *World) Hold(t testing.TB, a approvals.Action, code approvals.HoldCode) approvals.Action {
	t.Helper()
	return w.must(t)(w.Parts.Store.Update(context.Background(), a.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.HoldFor(code, Agent, w.Clock.Now())
	}))
}

// ConfirmLink returns the hash of the newest confirmation link's token.
func (w *World) ConfirmLink(a approvals.Action) [32]byte {
	return approvals.HashToken(w.Keys.Links().Token(approvals.ConfirmLink, a.ID, a.ConfirmSerial))
}

// SendMails sends every mail that is due, to servers that accept it, and
// returns what was sent.
func (w *World) SendMails(t testing.TB) []approvals.OutMail {
	t.Helper()
	ctx := context.Background()
	var box mailbox
	for {
		rows, err := w.Parts.Waker.Outgoing(ctx, w.Clock.Now(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		sent := len(box.got)
		for _, r := range rows {
			if r.Kind != approvals.OutgoingMail {
				continue
			}
			if err := w.Service.SendMail(ctx, &box, r.ID); err != nil && !errors.Is(err, approvals.ErrNotDue) {
				t.Fatalf("send mail: %v", err)
			}
		}
		if len(box.got) == sent {
			return box.got
		}
	}
}

// mailbox is a mailer whose server accepts everything.
type mailbox struct{ got []approvals.OutMail }

func (b *mailbox) Send(_ context.Context, m approvals.OutMail) (approvals.Verdict, string, error) {
	b.got = append(b.got, m)
	return approvals.VerdictAccepted, "250 2.0.0 ok", nil
}

func (w *World) must(t testing.TB) func(approvals.Action, error) approvals.Action {
	return func(a approvals.Action, err error) approvals.Action {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// createDenied makes an action under a policy that refuses everything.
func (w *World) createDenied(t testing.TB) approvals.Action {
	t.Helper()
	s := *w.Service
	s.Policy = denyAll{}
	return w.must(t)(s.Create(context.Background(), w.Request(w.SellerKey(w.sellers.Add(1)))))
}

type denyAll struct{}

func (denyAll) Decide(f approvals.Facts) approvals.Decision {
	d := FixedWaits{PasskeyWait: time.Hour, TOTPWait: time.Hour}.Decide(f)
	d.Outcome = approvals.Deny
	return d
}

// Canonical returns details in the form a claim must present them.
func Canonical(t testing.TB, details string) json.RawMessage {
	t.Helper()
	raw, err := approvals.CanonicalDetails(json.RawMessage(details))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
