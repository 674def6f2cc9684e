package approvals

import (
	"errors"
	"testing"
	"time"
)

// THREATS finding 2, NI-03: what confirms where more than a code and a mailbox is
// asked for.
func TestIndependent(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	late := asked.Add(720 * time.Hour)
	alone := Proof{Method: TOTP, At: late}
	on := func(known time.Time) Proof { return Proof{Method: TOTP, At: late, Device: "d", DeviceKnownFrom: known} }
	for name, c := range map[string]struct {
		proof Proof
		spoil func(*Action)
		want  Independence
	}{
		"a code":                              {proof: alone},
		"a code on a device new then":         {proof: on(asked.Add(time.Second))},
		"a code on a device known then":       {proof: on(asked), want: ByDevice},
		"a passkey":                           {proof: Proof{Method: Passkey, UV: true, At: late}, want: ByPasskey},
		"a passkey without user verification": {proof: Proof{Method: Passkey, At: late}},
		"a passkey in quarantine":             {proof: Proof{Method: Passkey, UV: true, At: late, UsableFrom: late.Add(time.Second)}},
		"another person": {proof: alone, spoil: func(a *Action) {
			a.Proofs = []Proof{{Stage: StageApproval, Generation: a.Generation, Digest: a.Digest}}
		}, want: ByApprover},
		"another person about something else": {proof: alone, spoil: func(a *Action) {
			a.Proofs = []Proof{{Stage: StageApproval, Generation: a.Generation, Digest: Digest{9}}}
		}},
		"another person before a lock": {proof: alone, spoil: func(a *Action) {
			a.Proofs = []Proof{{Stage: StageApproval, Generation: a.Generation - 1, Digest: a.Digest}}
		}},
		"another person still to come":  {proof: alone, spoil: func(a *Action) { a.Decision.Require = append(a.Decision.Require, SecondApprover) }, want: ByApprover},
		"two agents":                    {proof: alone, spoil: func(a *Action) { a.Decision.Agents = []Requirement{IndependentProof} }, want: ByAgents},
		"two agents about another rule": {proof: alone, spoil: func(a *Action) { a.Decision.Cleared = []string{"R-1"} }},
	} {
		a := Action{Generation: 2, CreatedAt: asked, Decision: Decision{Require: []Requirement{IndependentProof}}}
		if c.spoil != nil {
			c.spoil(&a)
		}
		if got := a.Independent(c.proof); got != c.want {
			t.Errorf("%s: independent %q, want %q", name, got, c.want)
		}
		if err := a.Enough(c.proof); (err == nil) != (c.want != "") || err != nil && !errors.Is(err, Refuse(CodeIndependent)) {
			t.Errorf("%s: %v", name, err)
		}
		c.proof.Independent = c.want
		if ok := a.independent(c.proof); ok != (c.want != "" && !a.Requires(SecondApprover)) {
			t.Errorf("%s: stands in the claim: %t", name, ok)
		}
		a.Decision.Require = nil
		if err := a.Enough(c.proof); err != nil {
			t.Errorf("%s, where nothing is asked for: %v", name, err)
		}
	}
}

// What a stored confirmation says of itself is looked at again at the claim.
func TestIndependent_NotByItsWord(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	a := Action{Generation: 1, CreatedAt: asked, Decision: Decision{Require: []Requirement{IndependentProof}, Agents: []Requirement{IndependentProof}}}
	for _, p := range []Proof{
		{Method: TOTP}, {Method: TOTP, Independent: ByPasskey}, {Method: Passkey, Independent: ByPasskey}, {Method: TOTP, Independent: ByDevice},
		{Method: TOTP, Independent: ByDevice, Device: "d", DeviceKnownFrom: asked.Add(1)}, {Method: TOTP, Independent: ByApprover},
		{Method: TOTP, Independent: ByAgents}, {Method: TOTP, Independent: "magic"},
	} {
		if a.independent(p) {
			t.Errorf("%+v stands", p)
		}
	}
}

// A review before anybody proved anything stands for nobody's proof: a thief comes
// after it. One that had the rule, or the proof, in front of it does.
func TestThreat_ReviewBeforeAnyProof(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	phished := Proof{Method: TOTP, At: asked.Add(240 * time.Hour)}
	for name, c := range map[string]struct {
		held func(*Action)
		want Independence
	}{
		"for a shared account, before any proof": {func(*Action) {}, ""},
		"for the want of anything independent": {func(a *Action) {
			a.Decision.Rules = append(a.Decision.Rules, Rule{ID: "CODE-NEEDS-MORE", Require: []Requirement{IndependentProof}})
		}, ByAgents},
		"at the first proof":                  {func(a *Action) { a.Decision.Proved = true }, ByAgents},
		"after the first proof":               {func(a *Action) { a.Proofs = []Proof{{Stage: StageStepUp, Generation: 1}} }, ByAgents},
		"for a missing notice, after a proof": {func(a *Action) { a.Decision.Proved, a.Hold = true, HoldNotice }, ""},
	} {
		a := Action{
			Generation: 1, State: Held, HeldFrom: AwaitingStepUp, Hold: HoldReview, CreatedAt: asked,
			Decision: Decision{Require: []Requirement{IndependentProof}, Rules: []Rule{{ID: "DESTINATION-SHARED"}}},
		}
		c.held(&a)
		freed, err := a.Restart(Seller{}, bySystem, asked.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		b := freed.Action
		if got := b.Independent(phished); got != c.want || b.Decision.Proved {
			t.Errorf("held %s: independent %q, want %q", name, got, c.want)
		}
		again := b // later, before any proof, for something else
		again.State, again.Hold, again.HeldFrom = Held, HoldFrozen, AwaitingStepUp
		if freed, err = again.Restart(Seller{}, bySystem, asked.Add(2*time.Hour)); err != nil || freed.Action.Independent(phished) != c.want {
			t.Errorf("held %s and again: independent %q, %v", name, freed.Action.Independent(phished), err)
		}
	}
}
