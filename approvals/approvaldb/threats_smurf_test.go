package approvaldb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/risk"
)

// TestThreats_C17_smurf: twenty loans of GBP 200 to an account that is new for the
// seller, each under every limit there is, asked for by somebody who holds an old
// passkey and the mailbox. The third is looked at by two people.
func TestThreats_C17_smurf(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	w.Service.Policy = risk.Default()
	key, paid := w.SellerKey(1), 0
	for n := range 20 {
		r := w.Loan(key, 7, "200.00", "GBP")
		r.Seller.Country = "GB"
		a, err := w.Service.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if a.State == approvals.Held {
			if paid != 2 || n != 2 || a.Hold != approvals.HoldReview || a.Decision.Rules[0].ID != "LOANS-ADD-UP" || a.Decision.Inputs["loan_sum_30d"] != int64(600) {
				t.Errorf("%d loans were paid; held by %v over %v", paid, a.Decision.Rules, a.Decision.Inputs["loan_sum_30d"])
			}
			return
		}
		pay(t, w, a)
		paid++
		w.Clock.Advance(time.Hour)
	}
	t.Errorf("%d loans of 200 were paid, want 2", paid)
}

// pay takes an action to its end with proofs of a passkey that is 40 days old.
func pay(t *testing.T, w *approvalstest.World, a approvals.Action) {
	t.Helper()
	proof := func(s approvals.Stage) approvals.Proof {
		p := w.Proof(a, s)
		p.Since = p.At.AddDate(0, 0, -40)
		return p
	}
	must := func(next approvals.Action, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		a = next
	}
	must(w.Service.StepUp(t.Context(), a.Key(), proof(approvals.StageStepUp)))
	a = w.Pass(t, w.AcceptNotices(t, a))
	must(w.Service.Confirm(t.Context(), a.Key(), w.ConfirmLink(a), proof(approvals.StageConfirmation)))
	must(w.Service.Claim(t.Context(), a.Key(), a.Details, nil))
	must(w.Service.Report(t.Context(), a.Key(), approvals.Result{Outcome: approvals.ResultExecuted}, nil))
}
