package risk_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// TestProfile_Strict: it only tightens, so it is applied at once; a code from a new
// device goes to two people whatever else there is, and by passkey all is as it was.
func TestProfile_Strict(t *testing.T) {
	t.Parallel()
	source, err := risk.Profile("strict")
	if err != nil {
		t.Fatal(err)
	}
	strict, err := risk.Parse("strict.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	if milder := risk.Looser(risk.Default(), strict); len(milder) != 0 || len(risk.Looser(strict, risk.Default())) == 0 {
		t.Errorf("milder: %q", milder)
	}
	fresh := calm.with(signals{"device_age_hours": 1, "has_device": true, "has_passkey": true, "has_approver": true, "destination_age_hours": 9000, "destination_unused_hours": 0})
	for _, kind := range []approvals.Kind{approvals.PayoutAccountChange, approvals.PayoutAccountSwitch, approvals.LoanDisbursement} {
		if d := risk.Default().Judge(kind, approvals.TOTP, fresh); d.Outcome != approvals.Allow {
			t.Errorf("%s by the default policy: %s for %v", kind, d.Outcome, ids(d))
		}
		if d := strict.Judge(kind, approvals.TOTP, fresh); d.Outcome != approvals.Review || !hasRule(d, "CODE-ON-NEW-DEVICE") {
			t.Errorf("%s: %s for %v", kind, d.Outcome, ids(d))
		}
		if d := strict.Judge(kind, approvals.Passkey, fresh); d.Outcome != approvals.Allow {
			t.Errorf("%s by passkey: %s for %v", kind, d.Outcome, ids(d))
		}
	}
	if _, err := risk.Profile("lax"); err == nil {
		t.Error("a profile that is none")
	}
}
