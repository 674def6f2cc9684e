package approvalstest

import (
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

func wakeDue(t *testing.T, w *World) {
	first := w.Create(t)
	w.Clock.Advance(time.Hour)
	second := w.Create(t)
	w.SendMails(t)
	for _, tt := range []struct {
		at   time.Time
		want []approvals.ActionKey
		next time.Time
	}{
		{first.StepUpBy.Add(-time.Microsecond), []approvals.ActionKey{}, first.StepUpBy},
		{first.StepUpBy, []approvals.ActionKey{first.Key()}, second.StepUpBy},
		{second.StepUpBy, []approvals.ActionKey{first.Key(), second.Key()}, time.Time{}},
	} {
		due, err := w.Parts.Waker.Due(ctx, tt.at, 10)
		ok(t, err)
		same(t, "due at "+tt.at.String(), due, tt.want)
		next, err := w.Parts.Waker.NextDue(ctx, tt.at)
		ok(t, err)
		same(t, "next after "+tt.at.String(), next, tt.next)
	}
	due, err := w.Parts.Waker.Due(ctx, second.StepUpBy, 1)
	ok(t, err)
	same(t, "at most one", due, []approvals.ActionKey{first.Key()})
	w.Clock.Set(first.StepUpBy)
	n, err := w.Service.Sweep(ctx, w.Parts.Waker, 10)
	if a := w.Read(t, first); err != nil || n != 1 || a.State != approvals.Expired {
		t.Errorf("the sweep moved %d, %v, and the first is %s, want it expired", n, err, a.State)
	}
	if due, err = w.Parts.Waker.Due(ctx, first.StepUpBy, 10); err != nil || len(due) != 0 {
		t.Errorf("after the sweep %v, %v are due", due, err)
	}
}

// wakeLost empties the job engine's tables: all rows are found again, each once
// a while.
func wakeLost(t *testing.T, w *World) {
	w.Create(t)
	w.Jobs.Clear(t)
	wake := func(want int) {
		t.Helper()
		n, err := w.Parts.Waker.Wake(ctx, w.Clock.Now(), 100)
		ok(t, err)
		if jobs := len(w.Jobs.All(t)); n != want || jobs != want {
			t.Errorf("woke %d and made %d jobs, want %d", n, jobs, want)
		}
		w.Jobs.Clear(t)
	}
	wake(0) // the jobs made with the rows may still be at it
	w.Clock.Advance(approvals.WakeAgain)
	wake(3)
	wake(0)
	w.Clock.Advance(approvals.WakeAgain)
	n, err := w.Parts.Waker.Wake(ctx, w.Clock.Now(), 2)
	if err != nil || n != 2 {
		t.Errorf("woke %d, %v, want 2 at most", n, err)
	}
	n, err = w.Parts.Waker.Wake(ctx, w.Clock.Now(), 2)
	if err != nil || n != 1 {
		t.Errorf("woke %d, %v, want the 1 that is left", n, err)
	}
	w.SendMails(t)
	w.Clock.Advance(approvals.WakeAgain)
	w.Jobs.Clear(t)
	wake(1) // the delivery; the mails are settled
}

// wakeLater: a mail of the wait has no job until it is due.
func wakeLater(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	w.SendMails(t)
	before := a.NotBefore.Add(-12 * time.Hour)
	outgoing, err := w.Parts.Waker.Outgoing(ctx, before, 100)
	ok(t, err)
	var mails []string
	for _, o := range outgoing {
		if o.Kind == approvals.OutgoingMail {
			mails = append(mails, o.ID)
		}
	}
	if len(mails) != 2 {
		t.Fatalf("%d mails before the window, want 2", len(mails))
	}
	for _, job := range w.Jobs.All(t) {
		if job.ID == mails[0] || job.ID == mails[1] {
			t.Error("a mail that is due later has a job")
		}
	}
	if _, err := w.Parts.Outbox.TakeMail(ctx, mails[0], before.Add(-time.Second), before); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken too early: %v, want ErrNotDue", err)
	}
	w.Jobs.Clear(t)
	next, err := w.Parts.Waker.NextDue(ctx, w.Clock.Now())
	ok(t, err)
	same(t, "next deadline", next, before)
	w.Clock.Set(before)
	_, err = w.Parts.Waker.Wake(ctx, before, 100)
	ok(t, err)
	woken := map[string]bool{}
	for _, job := range w.Jobs.All(t) {
		woken[job.ID] = true
	}
	if !woken[mails[0]] || !woken[mails[1]] {
		t.Errorf("woken when due: %v, want both mails", woken)
	}
}

// wakeLeased: what a worker that died had in hand is due at the end of its lease.
func wakeLeased(t *testing.T, w *World) {
	w.Create(t)
	now := w.Clock.Now()
	outgoing, err := w.Parts.Waker.Outgoing(ctx, now, 100)
	ok(t, err)
	for i, row := range outgoing {
		until := now.Add(time.Duration(len(outgoing)-i) * time.Second)
		if row.Kind == approvals.OutgoingMail {
			_, err = w.Parts.Outbox.TakeMail(ctx, row.ID, now, until)
		} else {
			_, err = w.Parts.Outbox.TakeDelivery(ctx, row.ID, now, leased(until))
		}
		ok(t, err)
		next, err := w.Parts.Waker.NextDue(ctx, now)
		ok(t, err)
		same(t, "the end of the shortest lease", next, until)
	}
}
