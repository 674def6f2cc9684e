package approvaldb_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestThreats_C13_cancel_loop: five cancelled changes are a case, whoever goes on
// asking or stopping, and the account of before is where the seller is paid.
func TestThreats_C13_cancel_loop(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	key := w.SellerKey(1)
	for n := 1; n <= 5; n++ {
		r := w.Request(key)
		a, err := w.Service.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		a = w.DriveOn(t, a, approvals.Notifying)
		before, _ := a.EffectiveDestination()
		if a, err = w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
			t.Fatal(err)
		}
		after, err := a.EffectiveDestination()
		if err != nil || before == nil || after == nil || after.IBAN != before.IBAN || before.IBAN != "NL91ABNA0417164300" {
			t.Errorf("cancel %d: paid into %v, then %v, %v", n, before, after, err)
		}
		opened, err := w.Parts.Cases.OpenCase(t.Context(), key)
		if got := fmt.Sprint(opened.Reason, err == nil); got != map[bool]string{true: "cancel_looptrue", false: "false"}[n == 5] {
			t.Errorf("after %d cancels: %s", n, got)
		}
		w.Clock.Advance(time.Hour)
	}
	if seller, err := w.Parts.Reader.Seller(t.Context(), key); err != nil || seller.Locked {
		t.Errorf("locked: %v, %v", seller.Locked, err)
	}
}
