package approvals_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// TestRule11_AddedNotShortened: a configuration makes the wait of what is added
// longer, and never shorter than 72 hours with a passkey and 168 with a code.
func TestRule11_AddedNotShortened(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	floors := func(passkey, totp, long time.Duration) approvalstest.FixedWaits {
		return approvalstest.FixedWaits{
			PasskeyWait: passkey, TOTPWait: totp, LongWait: long, Added: approvals.QuarantineAdded, AddedByCode: approvals.QuarantineAddedByCode,
		}
	}
	for name, c := range map[string]struct {
		policy        approvalstest.FixedWaits
		passkey, totp time.Duration
	}{
		"default":        {approvalstest.DefaultWaits, 72 * h, 168 * h},
		"short waits":    {floors(h, 2*h, 3*h), 72 * h, 168 * h},
		"no waits":       {floors(0, 0, 0), 72 * h, 168 * h},
		"longer waits":   {floors(24*h, 96*h, 240*h), 96 * h, 240 * h},
		"a demo's waits": {approvalstest.FixedWaits{PasskeyWait: 1, TOTPWait: 3, LongWait: 7}, 3, 7},
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

// judging is a policy that holds for review whenever its rule is among those given.
type judging struct{ rules *[]string }

func (p judging) Decide(f approvals.Facts) approvals.Decision {
	d := approvalstest.DefaultWaits.Decide(f)
	if f.Proof == nil || len(*p.rules) == 0 {
		return d
	}
	d.Outcome = approvals.Review
	d.Rules = nil
	for _, id := range *p.rules {
		d.Rules = append(d.Rules, approvals.Rule{ID: id})
	}
	return d
}

// TestDecide_AtTheFirstProof: the policy is asked again with the proof, and what it
// says then holds the action. What two agents freed is not held for the same rules
// once more, and for another it is.
func TestDecide_AtTheFirstProof(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after []string
		want  approvals.State
	}{
		"the same rule": {[]string{"SEEN"}, approvals.Notifying},
		"another rule":  {[]string{"SEEN", "NEW"}, approvals.Held},
	} {
		g := newGateway()
		rules := []string{"SEEN"}
		g.Policy = judging{&rules}
		a, err := g.Create(t.Context(), request(seller))
		if err != nil || a.State != approvals.AwaitingStepUp {
			t.Fatalf("%s: %s, %v", name, a.State, err)
		}
		held, err := g.StepUp(t.Context(), a.Key(), g.proof(a))
		if err != nil || held.State != approvals.Held || held.Hold != approvals.HoldReview {
			t.Fatalf("%s: %s, %v", name, held.State, err)
		}
		freed, err := g.Store.Update(t.Context(), a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
			return a.Restart(s, audit.Actor{Type: audit.Agent, ID: "two"}, g.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		rules = c.after
		got, err := g.StepUp(t.Context(), a.Key(), g.proof(freed))
		if err != nil || got.State != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got.State, err, c.want)
		}
	}
}
