package approvals_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

// TestSendMail_StartsTheClock: the acceptance of the notice is settled once,
// with the move; a second worker finds nothing to do.
func TestSendMail_StartsTheClock(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Notifying)
	r := g.mailOf(t, a, approvals.MailNotice)
	g.pass(time.Minute)
	if err := g.SendMail(context.Background(), &g.post, r.id); err != nil {
		t.Fatal(err)
	}
	if b := g.reload(a); b.State != approvals.CoolingOff || !b.NotBefore.Equal(g.now.Add(24*time.Hour)) {
		t.Errorf("%s until %v", b.State, b.NotBefore)
	}
	if r.state != approvals.MailAccepted || r.words != 1 || !r.at.Equal(g.now) {
		t.Errorf("settled %+v", r)
	}
	if err := g.SendMail(context.Background(), &g.post, r.id); !errors.Is(err, approvals.ErrNotDue) || len(g.post.sent) != 1 {
		t.Errorf("sent again: %v, %d mails", err, len(g.post.sent))
	}
}

// TestSendMail_Tokens: a mail that opens the confirmation carries its newest
// token, every mail the one to stop, and no other mail opens anything.
func TestSendMail_Tokens(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.AwaitingConfirmation)
	g.acceptAll(t)
	g.pass(time.Hour)
	if _, err := g.Resend(context.Background(), a.Key()); err != nil {
		t.Fatal(err)
	}
	g.acceptAll(t)
	stop := linkKey.Token(approvals.StopLink, a.ID, 1)
	var confirms []string
	for _, m := range g.post.sent {
		opens := m.Mail.Kind == approvals.MailConfirm || m.Mail.Kind == approvals.MailConfirmAgain
		if m.StopToken != stop || (m.ConfirmToken != "") != opens {
			t.Errorf("%s carries %q to stop and %q to confirm", m.Mail.Kind, m.StopToken, m.ConfirmToken)
		}
		if opens {
			confirms = append(confirms, m.ConfirmToken)
		}
	}
	if len(confirms) != 2 || confirms[0] == confirms[1] || confirms[1] != g.confirmToken(a) {
		t.Errorf("confirm tokens %v", confirms)
	}
	for i, token := range confirms {
		_, err := g.Open(context.Background(), approvals.ConfirmLink, token)
		if want := map[bool]approvals.Code{true: "", false: approvals.CodeLinkReplaced}[i == 1]; code(err) != want {
			t.Errorf("mailed token %d: %v", i, err)
		}
	}
}

// TestSendMail_Later: 1, 5, 15 minutes, then every hour (F-27), and nothing
// moves meanwhile. An answer that is not known is no acceptance.
func TestSendMail_Later(t *testing.T) {
	t.Parallel()
	for _, verdict := range []approvals.Verdict{approvals.VerdictLater, "", "250"} {
		g := newGateway()
		a := g.reach(t, approvals.Notifying)
		g.post.verdict = verdict
		r := g.mailOf(t, a, approvals.MailNotice)
		for i, want := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
			if err := g.SendMail(context.Background(), &g.post, r.id); err != nil {
				t.Fatal(err)
			}
			if got := r.next.Sub(g.now); got != want || r.state != approvals.MailPending {
				t.Errorf("%q, try %d: %s, again after %v, want %v", verdict, i+1, r.state, got, want)
			}
			if err := g.SendMail(context.Background(), &g.post, r.id); !errors.Is(err, approvals.ErrNotDue) {
				t.Errorf("%q, try %d: at once again: %v", verdict, i+1, err)
			}
			g.pass(want)
		}
		if b := g.reload(a); b.Version != a.Version {
			t.Errorf("%q: %s", verdict, b.State)
		}
	}
}

// TestSendMail_GivesUp on a mail nothing waits for after about four days, and on
// a notice only when its action is over (F-25).
func TestSendMail_GivesUp(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Notifying)
	notice := g.mailOf(t, a, approvals.MailNotice)
	g.post.verdict = approvals.VerdictLater
	started := g.now
	for g.now.Sub(started) < approvals.NotifyWindow {
		_ = g.SendMail(context.Background(), &g.post, notice.id)
		g.pass(time.Hour)
	}
	if _, err := g.Sweep(context.Background(), g.store, 10); err != nil || g.reload(a).State != approvals.Held {
		t.Fatalf("%s, %v", g.reload(a).State, err)
	}
	held := g.mailOf(t, a, approvals.MailHeld)
	tries := 0
	for range 24 * 13 {
		if err := g.SendMail(context.Background(), &g.post, held.id); err == nil {
			tries++
		}
		_ = g.SendMail(context.Background(), &g.post, notice.id)
		g.pass(time.Hour)
	}
	if held.state != approvals.MailRefused || tries != 101 || notice.state != approvals.MailPending {
		t.Errorf("held mail %s after %d tries, notice %s", held.state, tries, notice.state)
	}
	g.post.verdict = approvals.VerdictAccepted
	if err := g.SendMail(context.Background(), &g.post, notice.id); err != nil || g.reload(a).State != approvals.CoolingOff {
		t.Errorf("the server is back: %v, %s", err, g.reload(a).State)
	}
}

// TestSendMail_Refused: any mail refused for good holds an action that waits;
// it is settled once, as refused. Mails of an action that is over just end.
func TestSendMail_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		state approvals.State
		kind  approvals.MailKind
		want  approvals.State
	}{
		{"request, before the step-up", approvals.AwaitingStepUp, approvals.MailRequested, approvals.AwaitingStepUp},
		{"request, late", approvals.Notifying, approvals.MailRequested, approvals.Held},
		{"notice", approvals.Notifying, approvals.MailNotice, approvals.Held},
		{"confirmation", approvals.AwaitingConfirmation, approvals.MailConfirm, approvals.Held},
		{"executed", approvals.Executed, approvals.MailExecuted, approvals.Executed},
	} {
		g := newGateway()
		a := g.reach(t, c.state)
		for _, r := range g.store.mails { // reach sends all mails on its way but the last
			if r.mail.Kind == c.kind {
				r.state, r.words = approvals.MailPending, 0
			}
		}
		g.post.verdict = approvals.VerdictRefused
		r := g.mailOf(t, a, c.kind)
		if err := g.SendMail(context.Background(), &g.post, r.id); err != nil {
			t.Fatal(err)
		}
		if b := g.reload(a); b.State != c.want || r.state != approvals.MailRefused || r.words != 1 {
			t.Errorf("%s: %s, mail %s settled %d times", c.name, b.State, r.state, r.words)
		}
	}
}

// TestSendMail_HeldNoMore: a mail that says why an action is held is dropped
// when it no longer is.
func TestSendMail_HeldNoMore(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Notifying)
	g.pass(approvals.NotifyWindow) // no notice was accepted in time
	if _, err := g.Sweep(context.Background(), g.store, 10); err != nil || g.reload(a).State != approvals.Held {
		t.Fatalf("%s, %v", g.reload(a).State, err)
	}
	held := g.mailOf(t, a, approvals.MailHeld)
	if _, err := g.Cancel(context.Background(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
		t.Fatal(err)
	}
	if err := g.SendMail(context.Background(), &g.post, held.id); err != nil || held.state != approvals.MailDropped {
		t.Errorf("%v, mail %s", err, held.state)
	}
}

// TestSendMail_AnotherGeneration: answers to mails from before a restart say
// nothing about the action as it is now.
func TestSendMail_AnotherGeneration(t *testing.T) {
	t.Parallel()
	for _, verdict := range []approvals.Verdict{approvals.VerdictAccepted, approvals.VerdictRefused} {
		g := newGateway()
		a := g.reach(t, approvals.Notifying)
		old := g.mailOf(t, a, approvals.MailNotice)
		between := &between{postman: postman{verdict: verdict}, do: func() {
			held := must(t)(g.reload(a).HoldFor(approvals.HoldAgent, agent, g.now)).Action
			held = must(t)(held.Restart(seller, agent, g.now)).Action
			p := g.proof(held)
			g.store.actions[a.ID] = must(t)(held.StepUp(p, seller, g.now)).Action
		}}
		if err := g.SendMail(context.Background(), between, old.id); err != nil {
			t.Fatal(err)
		}
		if b := g.reload(a); b.State != approvals.Notifying || b.Generation != 2 || !b.Contacts[0].AcceptedAt.IsZero() {
			t.Errorf("%s: %s, contact %+v", verdict, b.State, b.Contacts[0])
		}
	}
}

// between is a mail server during whose work something else happens.
type between struct {
	postman
	do func()
}

func (b *between) Send(ctx context.Context, m approvals.OutMail) (approvals.Verdict, string, error) {
	b.do()
	return b.postman.Send(ctx, m)
}

// TestSendMail_Overtaken: a mail that would no longer be true is not sent.
func TestSendMail_Overtaken(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.CoolingOff)
	reminder := g.mailOf(t, a, approvals.MailBeforeWindow)
	g.acceptAll(t)
	if _, err := g.Cancel(context.Background(), a.Key(), approvals.ChangedMind, market); err != nil {
		t.Fatal(err)
	}
	g.pass(12 * time.Hour)
	sent := len(g.post.sent)
	if err := g.SendMail(context.Background(), &g.post, reminder.id); err != nil || reminder.state != approvals.MailDropped || len(g.post.sent) != sent {
		t.Errorf("%v, %s, %d sent", err, reminder.state, len(g.post.sent)-sent)
	}
	told := g.mailOf(t, a, approvals.MailCancelled)
	if err := g.SendMail(context.Background(), &g.post, told.id); err != nil || told.state != approvals.MailAccepted {
		t.Errorf("%v, %s", err, told.state)
	}
}

// TestSendMail_Error: a mail that cannot be made stays, and is tried again when
// its lease ends (F-04).
func TestSendMail_Error(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Notifying)
	r := g.mailOf(t, a, approvals.MailNotice)
	g.post.err = errors.New("no template")
	if err := g.SendMail(context.Background(), &g.post, r.id); err == nil {
		t.Fatal("no error")
	}
	g.post.err = nil
	if err := g.SendMail(context.Background(), &g.post, r.id); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("put off, and yet %v", err)
	}
	g.pass(time.Minute)
	if err := g.SendMail(context.Background(), &g.post, r.id); err != nil || g.reload(a).State != approvals.CoolingOff {
		t.Errorf("after the pause: %v, %s", err, g.reload(a).State)
	}
}
