package approvals_test

import (
	"testing"

	"countersign/approvals"
)

// TestNI01_Assurance is the truth table.
func TestNI01_Assurance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method approvals.Method
		uv     bool
		want   approvals.Assurance
	}{
		{approvals.Passkey, true, approvals.AAL2},
		{approvals.Passkey, false, approvals.AAL1},
		{approvals.TOTP, false, approvals.AAL1},
		{approvals.TOTP, true, approvals.AAL1}, // whatever a row says
		{approvals.RecoveryCode, false, approvals.AAL1},
		{"", true, approvals.AAL1},
	} {
		if got := (approvals.Proof{Method: test.method, UV: test.uv}).Assurance(); got != test.want {
			t.Errorf("%s, user verified %v: %s, want %s", test.method, test.uv, got, test.want)
		}
	}
}
