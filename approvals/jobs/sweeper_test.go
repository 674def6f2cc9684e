package jobs_test

import (
	"log/slog"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/jobs"
)

// TestSweeper_TellsWhatWasPutOff: a pass writes the mails of a notice that was
// put off, with no job to wake it.
func TestSweeper_TellsWhatWasPutOff(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		a := w.Create(t)
		w.SendMails(t)
		if err := w.Service.NotifySeller(t.Context(), a.SellerKey(), approvals.SecurityNotice{What: approvals.SecurityReplay, At: w.Clock.Now()}); err != nil {
			t.Fatal(err)
		}
		sweeper := &jobs.Sweeper{Service: w.Service, Waker: w.Parts.Waker, Log: slog.New(slog.DiscardHandler)}
		for _, want := range []int{len(a.Contacts), 0} {
			if err := sweeper.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			if told := w.SendMails(t); len(told) != want {
				t.Errorf("%d mails, want %d", len(told), want)
			}
		}
	})
}
