package auth_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// NI-16, NI-17: a printed code proves the addition of an authenticator, once,
// bound to that action, and is replaced. Its wait is the longest there is.
func TestNI16_RecoveryProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrol(seller, authtest.NewDevice(home))
	codes := w.codes()
	w.clock = w.clock.Add(auth.FirstQuarantine)
	asked := w.clock
	sub := auth.Subject{Seller: seller, Action: "add-1", Generation: 1, Stage: approvals.StageStepUp, Digest: approvals.Digest{7}}
	got, err := w.auth.ProveRecoveryCode(t.Context(), sub, asked, codes[3])
	if err != nil {
		t.Fatal(err)
	}
	p := got.Proof
	if p.Method != approvals.RecoveryCode || p.Action != "add-1" || p.Digest != sub.Digest || p.Stage != sub.Stage || p.Spent == "" || len(got.Next.Codes) != 1 {
		t.Errorf("%+v", got)
	}
	w.left(10)
	again := sub
	again.Stage = approvals.StageConfirmation
	_, err = w.auth.ProveRecoveryCode(t.Context(), again, asked, codes[3])
	refused(t, err, approvals.CodeProofWrong)
	w.clock = w.clock.Add(time.Minute)
	_, err = w.auth.ProveRecoveryCode(t.Context(), again, asked, got.Next.Codes[0])
	refused(t, err, approvals.CodeProofWrong) // it was made after the action
	w.clock = w.clock.Add(time.Minute)
	other, err := w.auth.ProveRecoveryCode(t.Context(), again, asked, codes[4])
	if err != nil || other.Proof.Spent == p.Spent {
		t.Errorf("%+v, %v", other.Proof, err)
	}
	_, err = w.auth.ProveRecoveryCode(t.Context(), sub, asked.Add(-time.Hour), codes[5])
	refused(t, err, approvals.CodeProofWrong)
	_, err = w.auth.ProveRecoveryCode(t.Context(), sub, asked, "not a code")
	refused(t, err, approvals.CodeInvalid)

	d := approvalstest.DefaultWaits.Decide(approvals.Facts{Kind: approvals.AuthenticatorAdd})
	if d.Wait[approvals.RecoveryCode] != 240*time.Hour {
		t.Errorf("a recovery waits %s, want 72 h and 168 h", d.Wait[approvals.RecoveryCode])
	}
}
