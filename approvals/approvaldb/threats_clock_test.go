package approvaldb_test

import (
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestThreats_C12: while the clock is behind the stored mark, or has jumped ahead of
// it, nothing is released; once it is right again everything goes on, and nothing is
// lost.
func TestThreats_C12(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"clock_back": -time.Hour, "clock_jump_+30d": 30 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
			a := w.Drive(t, approvals.Approved)
			right := w.Clock.Now()
			if err := w.Parts.Governor.MarkClock(t.Context(), right); err != nil {
				t.Fatal(err)
			}
			w.Clock.Advance(wrong)
			for range 2 {
				_, err := w.Service.Claim(t.Context(), a.Key(), a.Details, nil)
				if refusal, ok := errors.AsType[*approvals.Error](err); !ok || refusal.Code != approvals.CodeClock {
					t.Errorf("released: %v", err)
				}
			}
			if now := w.Read(t, a); now.State != approvals.Approved || now.Claims != 0 {
				t.Errorf("it is %s, claimed %d times", now.State, now.Claims)
			}
			w.Clock.Set(right)
			if _, err := w.Service.Claim(t.Context(), a.Key(), a.Details, nil); err != nil {
				t.Errorf("with the clock right again: %v", err)
			}
			if now := w.Read(t, a); now.State != approvals.Releasing || now.Claims != 1 {
				t.Errorf("then it is %s, claimed %d times", now.State, now.Claims)
			}
		})
	}
}
