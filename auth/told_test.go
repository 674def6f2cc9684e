package auth_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// TestTold: which audit lines have a notice, and what it says.
func TestTold(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	later := approvals.FormatTime(at.Add(time.Hour))
	for _, tt := range []struct {
		verb string
		data map[string]string
		want approvals.SecurityNotice // What is empty: none
	}{
		{"authenticator_added", map[string]string{"method": "passkey", "usable_from": later}, approvals.SecurityNotice{What: approvals.SecurityFirstAuthenticator, Method: approvals.Passkey, From: at.Add(time.Hour)}},
		{"device_added", map[string]string{"usable_from": later}, approvals.SecurityNotice{What: approvals.SecurityDeviceAdded, From: at.Add(time.Hour)}},
		{"passkey_counter_back", map[string]string{"method": "passkey"}, approvals.SecurityNotice{What: approvals.SecurityCounter, Method: approvals.Passkey}},
		{"authenticator_usable", map[string]string{"method": "totp"}, approvals.SecurityNotice{What: approvals.SecurityAuthenticatorUsable, Method: approvals.TOTP}},
		{"authenticator_disabled", map[string]string{"method": "totp", "reason": "failures"}, approvals.SecurityNotice{What: approvals.SecurityAuthenticatorOff, Method: approvals.TOTP}},
		{"proving_blocked", map[string]string{"until": later}, approvals.SecurityNotice{What: approvals.SecurityBlocked, Until: at.Add(time.Hour)}},
		{"recovery_codes_made", nil, approvals.SecurityNotice{What: approvals.SecurityCodesMade}},
		{"recovery_code_used", nil, approvals.SecurityNotice{What: approvals.SecurityCodeUsed}},
		{"recovery_code_used", map[string]string{"stage": "confirmation"}, approvals.SecurityNotice{What: approvals.SecurityCodeUsed}},
		{"recovery_code_used", map[string]string{"stage": "step_up"}, approvals.SecurityNotice{What: approvals.SecurityRecoveryStarted}},
		{"proof_refused", map[string]string{"method": "totp", "reason": "replayed"}, approvals.SecurityNotice{What: approvals.SecurityReplay, Method: approvals.TOTP}},
		{"proof_refused", map[string]string{"method": "totp", "reason": "wrong"}, approvals.SecurityNotice{What: approvals.SecurityWrongCode, Method: approvals.TOTP}},
		{"proof_refused", map[string]string{"method": "totp", "reason": "malformed"}, approvals.SecurityNotice{What: approvals.SecurityWrongCode, Method: approvals.TOTP}},
		{"proof_refused", map[string]string{"method": "passkey", "reason": "unverified"}, approvals.SecurityNotice{}},
		{"authenticator_pending", map[string]string{"method": "passkey"}, approvals.SecurityNotice{}},
		{"authenticator_renamed", nil, approvals.SecurityNotice{}},
		{"proving_freed", nil, approvals.SecurityNotice{}},
	} {
		n, ok := auth.Told(audit.Event{Verb: tt.verb, At: at, Data: tt.data})
		if ok != (tt.want.What != "") {
			t.Errorf("%s %v: told %v", tt.verb, tt.data, ok)
			continue
		}
		if ok && (n.What != tt.want.What || n.Method != tt.want.Method || !n.From.Equal(tt.want.From) || !n.Until.Equal(tt.want.Until) || !n.At.Equal(at)) {
			t.Errorf("%s %v: %+v", tt.verb, tt.data, n)
		}
	}
}
