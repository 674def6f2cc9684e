package approvalstest

import (
	"errors"
	"testing"

	"countersign/approvals"
)

func updateNoChange(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Cancelled)
	before := w.footprint(t)
	got, err := w.Service.Cancel(ctx, a.Key(), approvals.NotMe, a.SellerActor())
	ok(t, err)
	same(t, "the action", got, a)
	same(t, "what is stored", w.footprint(t), before)
}

func updateError(t *testing.T, w *World) {
	a := w.Create(t)
	before := w.footprint(t)
	stop := errors.New("stop")
	_, err := w.Parts.Store.Update(ctx, a.Key(), func(got approvals.Action, seller approvals.Seller) (approvals.Change, error) {
		same(t, "the action in a step", got, a)
		if seller.SellerKey != a.SellerKey() || len(seller.Contacts) != 2 || seller.CreatedAt.IsZero() {
			t.Errorf("the seller in a step: %+v", seller)
		}
		return approvals.Change{}, stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the step's own error", err)
	}
	same(t, "what is stored", w.footprint(t), before)
}

// updateAllOrNothing lets the last thing that is written fail: nothing of the
// move may remain, and none of its jobs.
func updateAllOrNothing(t *testing.T, w *World) {
	a := w.Create(t)
	answer := approvals.Answer{Marketplace: a.Marketplace, Key: "k", RequestHash: "h", Status: 200, Body: []byte("b"), At: w.Clock.Now()}
	ok(t, w.Parts.Answers.SaveAnswer(ctx, answer))
	before := w.footprint(t)
	_, err := w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		c, err := a.CancelFor(approvals.ChangedMind, a.SellerActor(), w.Clock.Now())
		c.Answer = &answer
		return c, err
	})
	if !errors.Is(err, approvals.ErrDuplicateAnswer) {
		t.Errorf("got %v, want ErrDuplicateAnswer", err)
	}
	same(t, "what is stored", w.footprint(t), before)
	same(t, "the action", w.Read(t, a), a)
}

func updateProofOnce(t *testing.T, w *World) {
	a, b := w.Create(t), w.Create(t)
	p := w.Proof(a, approvals.StageStepUp)
	_, err := w.Service.StepUp(ctx, a.Key(), p)
	ok(t, err)
	for name, replay := range map[string]func(*approvals.Proof){
		"the same challenge": func(q *approvals.Proof) { q.ID = NewID() },
		"the same id":        func(q *approvals.Proof) { q.Spent = "challenge/other" },
	} {
		q := p
		q.Action, q.Digest = b.ID, b.Digest
		replay(&q)
		_, err := w.Service.StepUp(ctx, b.Key(), q)
		if refused(t, err, approvals.CodeProofSpent); t.Failed() {
			t.Logf("replayed: %s", name)
		}
	}
	if got := w.Read(t, b); got.State != approvals.AwaitingStepUp || len(got.Proofs) != 0 {
		t.Errorf("after replays the other action is %s with %d proofs", got.State, len(got.Proofs))
	}
}

func updateRestart(t *testing.T, w *World) {
	a := w.Hold(t, w.Drive(t, approvals.Approved), approvals.HoldReview)
	w.Agreed(t, "resume", a)
	a = w.must(t)(w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return a.Restart(s, Agent, w.Clock.Now())
	}))
	same(t, "the action as read", w.Read(t, a), a)
	if a.Generation != 2 || len(a.Proofs) != 2 || !a.Contacts[0].AcceptedAt.IsZero() || !a.NotBefore.IsZero() {
		t.Errorf("freed: %+v, want a second generation that inherits nothing", a)
	}
	if _, found := a.Proof(approvals.StageStepUp); found {
		t.Error("a proof of the first generation counts in the second")
	}
	if a = w.DriveOn(t, a, approvals.Executed); len(a.Proofs) != 4 {
		t.Errorf("%d proofs after both generations, want 4", len(a.Proofs))
	}
}

func updateNoticeRefused(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Notifying)
	a = w.must(t)(w.Parts.Store.Update(ctx, a.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.NoticeRefused(a.Contacts[0].Email, approvals.MailDone{ID: NewID(), At: w.Clock.Now(), Answer: "550 no such user"})
	}))
	same(t, "the action as read", w.Read(t, a), a)
	if a.State != approvals.Held || a.Contacts[0].RefusedAt.IsZero() {
		t.Errorf("%s with %+v, want held and the refusal kept", a.State, a.Contacts[0])
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	same(t, "the case", c, approvals.Case{Reason: approvals.CaseNotice, Number: "C-10001"})
	for _, m := range w.SendMails(t) {
		if m.Mail.Kind == approvals.MailHeld && m.Mail.Case != "C-10001" {
			t.Errorf("the mail quotes case %q", m.Mail.Case)
		}
	}
}

func updateLinks(t *testing.T, w *World) {
	a := w.Drive(t, approvals.AwaitingConfirmation)
	first := w.ConfirmLink(a)
	a = w.Pass(t, a) // renewed after a day
	second := w.ConfirmLink(a)
	_, link, err := w.Parts.Reader.Link(ctx, approvals.ConfirmLink, first)
	ok(t, err)
	if !link.Replaced {
		t.Errorf("the first link is not replaced: %+v", link)
	}
	_, err = w.Service.Confirm(ctx, a.Key(), first, w.Proof(a, approvals.StageConfirmation))
	refused(t, err, approvals.CodeLinkReplaced)
	key, link, err := w.Parts.Reader.Link(ctx, approvals.ConfirmLink, second)
	ok(t, err)
	if link.Replaced || key != a.Key() || link.Serial != a.ConfirmSerial {
		t.Errorf("the newest link: %+v of %+v", link, key)
	}
	for _, other := range []approvals.Purpose{approvals.StopLink, approvals.HandoffLink} {
		_, _, err = w.Parts.Reader.Link(ctx, other, second)
		refused(t, err, approvals.CodeNotFound)
	}
	a = w.must(t)(w.Service.Confirm(ctx, a.Key(), second, w.Proof(a, approvals.StageConfirmation)))
	_, link, err = w.Parts.Reader.Link(ctx, approvals.ConfirmLink, second)
	ok(t, err)
	if !link.SpentAt.Equal(a.MovedAt) {
		t.Errorf("the link was spent at %v, want %v", link.SpentAt, a.MovedAt)
	}
	stop := approvals.HashToken(w.Keys.Links().Token(approvals.StopLink, a.ID, 1))
	if _, link, err = w.Parts.Reader.Link(ctx, approvals.StopLink, stop); err != nil || !link.SpentAt.IsZero() || !link.ExpiresAt.IsZero() {
		t.Errorf("the stop link: %+v, %v, want one without an end", link, err)
	}
}

// updateTimelineBound: however often something is refused, a timeline stays
// short enough to be read, and no move is missing.
func updateTimelineBound(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	for range 110 {
		_, err := w.Service.Claim(ctx, a.Key(), a.Details, nil)
		refused(t, err, approvals.CodeNotApproved)
	}
	events, err := w.Parts.Reader.Timeline(ctx, a.Key())
	ok(t, err)
	moves := 0
	for _, e := range events {
		if e.Version > 0 {
			moves++
		}
	}
	if moves != a.Version || len(events) != moves+100 {
		t.Errorf("%d moves of %d and %d events", moves, a.Version, len(events))
	}
}

func updateTimeline(t *testing.T, w *World) {
	a := w.Drive(t, approvals.AwaitingConfirmation)
	_, err := w.Service.Claim(ctx, a.Key(), a.Details, nil)
	refused(t, err, approvals.CodeNotApproved)
	w.Clock.Advance(1)
	a = w.must(t)(w.Service.Cancel(ctx, a.Key(), approvals.ChangedMind, a.SellerActor()))
	events, err := w.Parts.Reader.Timeline(ctx, a.Key())
	ok(t, err)
	version, from, refusals := 0, "", 0
	for _, e := range events {
		if e.Version == 0 {
			refusals++
			continue
		}
		if e.Version != version+1 || e.From != from || e.ID == "" || e.Action != string(a.ID) || e.Marketplace != string(a.Marketplace) {
			t.Errorf("event %+v after version %d in %q", e, version, from)
		}
		version, from = e.Version, e.To
	}
	if version != a.Version || from != string(a.State) || refusals != 1 {
		t.Errorf("the events end at version %d in %s with %d refusals, want %d, %s and 1", version, from, refusals, a.Version, a.State)
	}
}
