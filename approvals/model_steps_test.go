package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
)

// namedStep is one thing that can happen.
type namedStep struct {
	name string
	take func(*world)
}

// stepsByName is all that can happen, and likely their names, each as often as
// it is likely.
var stepsByName, likely = func() (map[string]func(*world), []string) {
	byName, names := map[string]func(*world){}, []string{}
	for _, s := range []struct {
		weight int
		namedStep
	}{
		{40, namedStep{"forward", (*world).stepForward}},
		{8, namedStep{"create", (*world).stepCreate}},
		{8, namedStep{"bad proof", (*world).stepBadProof}},
		{4, namedStep{"bad link", (*world).stepBadLink}},
		{6, namedStep{"mail", (*world).stepMail}},
		{5, namedStep{"time", (*world).stepTime}},
		{4, namedStep{"sweep", (*world).stepSweep}},
		{5, namedStep{"due", (*world).stepDue}},
		{4, namedStep{"claim", (*world).stepClaim}},
		{8, namedStep{"push", (*world).stepPush}},
		{3, namedStep{"claim other details", (*world).stepClaimOther}},
		{2, namedStep{"report", (*world).stepReport}},
		{3, namedStep{"cancel", (*world).stepCancel}},
		{1, namedStep{"not me", (*world).stepNotMe}},
		{2, namedStep{"lock", (*world).stepLock}},
		{3, namedStep{"unlock", (*world).stepUnlock}},
		{2, namedStep{"hold", (*world).stepHold}},
		{5, namedStep{"restart", (*world).stepRestart}},
		{1, namedStep{"too many tries", (*world).stepFail}},
		{2, namedStep{"resend", (*world).stepResend}},
		{1, namedStep{"handoff", (*world).stepHandoff}},
		{3, namedStep{"robot", (*world).stepRobot}},
		{1, namedStep{"halt", (*world).stepHalt}},
		{1, namedStep{"database written over", (*world).stepSpoil}},
	} {
		byName[s.name] = s.take
		names = append(names, slices.Repeat([]string{s.name}, s.weight)...)
	}
	return byName, names
}()

var accounts = []string{"NL91ABNA0417164300", "DE89370400440532013000", "GB29NWBK60161331926819"}

func (w *world) stepCreate() {
	ctx := context.Background()
	r := request(w.sellers[rapid.IntRange(0, 1).Draw(w.t, "seller")])
	account := fmt.Sprintf(`{"holder":"F","iban":%q}`, rapid.SampledFrom(accounts).Draw(w.t, "account"))
	if r.Details = fmt.Appendf(nil, `{"from":%s,"to":%s}`, oldAccount, account); rapid.Bool().Draw(w.t, "pushed") {
		r = pushRequest(r.Seller, rapid.Bool().Draw(w.t, "idempotent"))
		r.Details = pushDetails(account)
	}
	r.Supersede = rapid.Bool().Draw(w.t, "supersede")
	open := w.store.open(r.Seller.SellerKey, r.Kind)
	seen := len(w.store.sightings)
	a, err := w.Create(ctx, r)
	w.refusedCall(err)
	if len(w.store.sightings) != seen+1 {
		w.wrong("Rule8", "an account was shown and not recorded (%v)", err)
	}
	switch {
	case open == nil:
		if err != nil {
			w.wrong("Rule6", "nothing is open, and yet %v", err)
		}
	case r.Supersede && canStop(open.State):
		if old := w.reload(*open); err != nil || old.State != approvals.Cancelled || old.Cancel != approvals.Superseded || a.Generation != 1 || len(a.Proofs) != 0 {
			w.wrong("Rule6", "superseding %s: it is %s, the new one has %d proofs, %v", open.State, old.State, len(a.Proofs), err)
		}
	default:
		if old := w.reload(*open); code(err) != approvals.CodeOpen || old.Version != open.Version {
			w.wrong("Rule6", "beside %s, supersede %v: %v, and the old one is %s", open.State, r.Supersede, err, old.State)
		}
	}
}

// stepForward lets whoever acts next do the right thing.
func (w *world) stepForward() {
	a, _ := w.pick()
	w.store.gate.ClockMark = w.now // all is well with the clock
	switch a.State {
	case approvals.AwaitingStepUp, approvals.AwaitingConfirmation:
		w.pass(time.Minute)
		p := w.proof(a)
		if p.Method = w.method; p.Method == approvals.TOTP {
			p.UV = false
		}
		w.prove(a, p)
	case approvals.CoolingOff:
		w.byTime = true
		if err := w.forward(a); err != nil {
			w.t.Fatalf("sweep: %v", err)
		}
	case approvals.Notifying:
		w.tell(a)
	case approvals.Held:
		switch {
		case a.HeldFrom == approvals.Notifying && (a.Hold == approvals.HoldNotice || w.chance(2, "mail")):
			w.tell(a)
		case w.store.sellers[a.SellerKey()].Locked:
			w.unlock(a.SellerKey())
		default:
			w.restart(a)
		}
	case approvals.Releasing, approvals.Unresolved:
		w.report(a)
	case approvals.Approved:
		if a.Pushed() {
			w.push(a)
			return
		}
		w.refusedCall(w.forward(a))
	default:
		w.refusedCall(w.forward(a))
	}
}

// tell has the mail servers accept the notices about a that wait.
func (w *world) tell(a approvals.Action) {
	w.pass(time.Hour)
	for _, r := range w.store.mails {
		if r.action == a.ID && r.mail.Kind == approvals.MailNotice && r.mail.Generation == a.Generation {
			w.sendMail(r, approvals.VerdictAccepted)
		}
	}
}

// prove hands in a proof at the page the action is at.
func (w *world) prove(a approvals.Action, p approvals.Proof) {
	w.made = append(w.made, p)
	var err error
	if a.State == approvals.AwaitingConfirmation || a.ConfirmSerial > 0 {
		_, err = w.Confirm(context.Background(), a.Key(), approvals.HashToken(w.confirmToken(a)), p)
		if w.reload(a).ConfirmSerial == 0 { // no such link: not even looked at
			return
		}
	} else {
		_, err = w.StepUp(context.Background(), a.Key(), p)
	}
	w.refusedCall(err)
}

// stepBadProof is the thief: something that once was, or looks like, a proof.
func (w *world) stepBadProof() {
	a := w.confirmable()
	if w.chance(2, "elsewhere") {
		a, _ = w.pick()
	}
	p := w.proof(a)
	p.Method, p.UV = w.method, w.method == approvals.Passkey
	switch rapid.IntRange(0, 7).Draw(w.t, "flaw") {
	case 0:
		p.Digest[7] ^= 1
	case 1:
		p.Generation--
	case 2:
		p.Stage = map[approvals.Stage]approvals.Stage{approvals.StageStepUp: approvals.StageConfirmation, approvals.StageConfirmation: approvals.StageStepUp}[p.Stage]
	case 3:
		p.Action = "another"
	case 4:
		p.Method, p.UV = approvals.Passkey, false
	case 5:
		if w.method != approvals.Passkey || a.State != approvals.AwaitingConfirmation {
			return // a first code is no downgrade at this level: package auth decides from what a seller holds
		}
		p.Method, p.UV = approvals.TOTP, false
	case 6: // one that was made before, as it was
		if len(w.made) == 0 {
			return
		}
		p = w.made[rapid.IntRange(0, len(w.made)-1).Draw(w.t, "replayed")]
	case 7: // one that was spent before, with all else right
		if len(w.stored) == 0 {
			return
		}
		p.Spent = w.stored[rapid.IntRange(0, len(w.stored)-1).Draw(w.t, "replayed")].Spent
	}
	w.prove(a, p)
}

// confirmable is an action that waits for its confirmation, if there is one.
func (w *world) confirmable() approvals.Action {
	a, _ := w.pick()
	for _, id := range w.order {
		if b := w.store.actions[id]; b.State == approvals.AwaitingConfirmation {
			a = b
		}
	}
	return a
}

// stepBadLink confirms with a good proof and any mailed link but the newest.
func (w *world) stepBadLink() {
	a := w.confirmable()
	var bad []approvals.Link
	for _, l := range w.store.links {
		if l.Action != a.ID || l.Purpose != approvals.ConfirmLink || l.Serial != a.ConfirmSerial {
			bad = append(bad, l)
			if l.Purpose == approvals.ConfirmLink {
				bad = append(bad, l, l, l)
			}
		}
	}
	l := bad[rapid.IntRange(0, len(bad)-1).Draw(w.t, "link")]
	_, err := w.Confirm(context.Background(), a.Key(), l.Hash, w.proof(a))
	if err == nil {
		w.wrong("Rule2", "confirmed by the %s link %d of %s; the newest of %s is %d", l.Purpose, l.Serial, l.Action, a.ID, a.ConfirmSerial)
	}
	if l.Purpose == approvals.ConfirmLink { // others are unknown before anything is looked at
		w.refusedCall(err)
	}
}

// stepMail lets a mail server answer as it likes.
func (w *world) stepMail() {
	verdict := rapid.SampledFrom([]approvals.Verdict{approvals.VerdictAccepted, approvals.VerdictAccepted, approvals.VerdictLater, approvals.VerdictRefused, ""}).Draw(w.t, "verdict")
	var waiting []*mailRow
	for _, r := range w.store.mails {
		if r.state == approvals.MailPending && !w.now.Before(r.next) && r.action != "" {
			waiting = append(waiting, r)
		}
	}
	if len(waiting) > 0 {
		w.sendMail(waiting[rapid.IntRange(0, len(waiting)-1).Draw(w.t, "mail")], verdict)
	}
}

// sendMail sends one mail and holds the server's log.
func (w *world) sendMail(r *mailRow, verdict approvals.Verdict) {
	w.post.verdict = verdict
	sent := len(w.post.sent)
	before := w.store.actions[r.action]
	err := w.SendMail(context.Background(), &w.post, r.id)
	if err != nil && !errors.Is(err, approvals.ErrNotDue) {
		w.t.Fatalf("send mail: %v", err)
	}
	if len(w.post.sent) == sent {
		return
	}
	if verdict == approvals.VerdictAccepted && r.mail.Kind == approvals.MailNotice {
		w.told = append(w.told, noticeRow{r.action, r.mail.Generation, r.mail.To, w.now})
	}
	started := before.State == approvals.Notifying || before.State == approvals.CoolingOff || before.State == approvals.AwaitingConfirmation || before.State == approvals.Approved
	if after := w.reload(before); verdict == approvals.VerdictRefused && started && (after.State != approvals.Held || !slices.Contains(w.store.cases, approvals.CaseNotice)) {
		w.wrong("Rule3", "a mail bounced, and the action is %s", after.State)
	}
}

// stepTime lets time pass, jump, or run backwards; only when it passes does the
// mark of the clock go with it.
func (w *world) stepTime() {
	by := rapid.SampledFrom([]time.Duration{
		time.Second, time.Minute, 13 * time.Hour, 25 * time.Hour, 73 * time.Hour, 8 * 24 * time.Hour, 15 * 24 * time.Hour, -2 * time.Second, -48 * time.Hour,
	}).Draw(w.t, "time")
	w.now = w.now.Add(by)
	if by > 0 && !w.chance(4, "jump") {
		w.store.gate.ClockMark = w.now
	}
}

// stepDue waits for an action's deadline, to the moment or a little longer.
func (w *world) stepDue() {
	a, _ := w.pick()
	if by := a.DueAt().Sub(w.now) + rapid.SampledFrom([]time.Duration{-1, 0, time.Hour}).Draw(w.t, "late"); by > 0 && !a.DueAt().IsZero() {
		w.pass(by)
	}
	w.stepSweep()
}

// stepSweep wakes what is due, or everything, due or not: wake-ups come early,
// late and twice.
func (w *world) stepSweep() {
	w.byTime = true
	waker := approvals.Waker(w.store)
	if w.chance(3, "early") {
		var all []approvals.ActionKey
		for _, id := range w.order {
			all = append(all, w.store.actions[id].Key())
		}
		waker = staleWaker{w.store, all}
	}
	if _, err := w.Sweep(context.Background(), waker, rapid.IntRange(1, 5).Draw(w.t, "limit")); err != nil {
		w.t.Fatalf("sweep: %v", err)
	}
}

// stepClaim claims, also on a node whose clock has jumped or gone back.
func (w *world) stepClaim() {
	a, _ := w.pick()
	for _, id := range w.order { // where it could do harm, if anywhere
		if b := w.store.actions[id]; b.State == approvals.Approved || b.State == approvals.ExecutionFailed && a.State != approvals.Approved {
			a = b
		}
	}
	if w.chance(3, "clock") {
		w.now = w.now.Add(rapid.SampledFrom([]time.Duration{-2 * time.Second, -time.Hour, 2 * time.Hour, 48 * time.Hour}).Draw(w.t, "by"))
	}
	_, err := w.Claim(context.Background(), a.Key(), w.born[a.ID].Details, nil)
	w.refusedCall(err)
}

// stepClaimOther presents what was not approved.
func (w *world) stepClaimOther() {
	a, _ := w.pick()
	other := json.RawMessage(`{"to":{"holder":"Thief","iban":"FR1420041010050500013M02606"}}`)
	claims := len(w.store.claims)
	_, err := w.Claim(context.Background(), a.Key(), other, nil)
	w.refusedCall(err)
	if err == nil || len(w.store.claims) != claims {
		w.wrong("Rule7", "other details were released")
	}
	if after := w.reload(a); code(err) == approvals.CodeMismatch && a.State == approvals.Approved && (after.State != approvals.Held || after.Hold != approvals.HoldMismatch || !slices.Contains(w.store.cases, approvals.CaseMismatch)) {
		w.wrong("Rule7", "other details were presented, and the action is %s", after.State)
	}
}

func (w *world) stepReport() {
	a, _ := w.pick()
	w.report(a)
}

func (w *world) report(a approvals.Action) {
	outcome := rapid.SampledFrom([]approvals.ReportedOutcome{approvals.ResultExecuted, approvals.ResultFailed}).Draw(w.t, "outcome")
	_, err := w.Report(context.Background(), a.Key(), approvals.Result{Outcome: outcome}, nil)
	w.refusedCall(err)
}
