package approvals_test

import (
	"testing"
	"time"

	"countersign/approvals"
)

// TestRule11_AddedNotShortened: a configuration makes the wait of what is added
// longer, and never shorter than 72 hours with a passkey and 168 with a code.
func TestRule11_AddedNotShortened(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	floors := func(passkey, totp, long time.Duration) approvals.FixedWaits {
		return approvals.FixedWaits{
			PasskeyWait: passkey, TOTPWait: totp, LongWait: long, Added: approvals.QuarantineAdded, AddedByCode: approvals.QuarantineAddedByCode,
		}
	}
	for name, c := range map[string]struct {
		policy        approvals.FixedWaits
		passkey, totp time.Duration
	}{
		"default":        {approvals.DefaultWaits, 72 * h, 168 * h},
		"short waits":    {floors(h, 2*h, 3*h), 72 * h, 168 * h},
		"no waits":       {floors(0, 0, 0), 72 * h, 168 * h},
		"longer waits":   {floors(24*h, 96*h, 240*h), 96 * h, 240 * h},
		"a demo's waits": {approvals.FixedWaits{PasskeyWait: 1, TOTPWait: 3, LongWait: 7}, 3, 7},
	} {
		for _, kind := range []approvals.Kind{approvals.AuthenticatorAdd, approvals.ContactChange} {
			d := c.policy.Decide(approvals.Facts{Kind: kind})
			if d.Wait[approvals.Passkey] != c.passkey || d.Wait[approvals.TOTP] != c.totp {
				t.Errorf("%s, %s: %v", name, kind, d.Wait)
			}
			recovery, ok := d.Wait[approvals.RecoveryCode]
			if ok != (kind == approvals.AuthenticatorAdd) || ok && recovery != c.passkey+c.totp {
				t.Errorf("%s, %s: with a printed code %v, %v", name, kind, recovery, ok)
			}
		}
	}
}
