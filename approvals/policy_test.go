package approvals_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

var (
	classes  = []approvals.Class{approvals.Low, approvals.Medium, approvals.High, approvals.Critical}
	outcomes = []approvals.Outcome{approvals.Allow, approvals.Review, approvals.Deny}
)

// stricter says what "at least as strict" means, in words of its own: not an
// earlier class or outcome, no method more, no shorter wait, no rule less.
func stricter(a, than approvals.Decision) string {
	switch {
	case slices.Index(classes, a.Class) < slices.Index(classes, than.Class), !slices.Contains(classes, a.Class):
		return "class " + string(a.Class) + " after " + string(than.Class)
	case slices.Index(outcomes, a.Outcome) < slices.Index(outcomes, than.Outcome), !slices.Contains(outcomes, a.Outcome):
		return "outcome " + string(a.Outcome) + " after " + string(than.Outcome)
	}
	for m, wait := range a.Wait {
		if old, had := than.Wait[m]; !had || wait < old {
			return "wait with " + string(m)
		}
	}
	for _, r := range than.Rules {
		if !slices.ContainsFunc(a.Rules, func(k approvals.Rule) bool { return k.ID == r.ID }) {
			return "rule " + r.ID + " is gone"
		}
	}
	return ""
}

func randomDecision(r *rand.Rand) approvals.Decision {
	d := approvals.Decision{
		Version: "v" + string(rune('a'+r.IntN(26))),
		Class:   append(classes, "")[r.IntN(5)],
		Outcome: append(outcomes, "unheard_of")[r.IntN(4)],
		Wait:    map[approvals.Method]time.Duration{},
	}
	for _, m := range []approvals.Method{approvals.Passkey, approvals.TOTP} {
		if r.IntN(4) > 0 {
			d.Wait[m] = time.Duration(r.IntN(200)) * time.Hour
		}
	}
	for range r.IntN(4) {
		d.Rules = append(d.Rules, approvals.Rule{ID: "R" + string(rune('a'+r.IntN(6)))})
	}
	return d
}

// TestRule12_StricterLosesNothing: over 100,000 random pairs (RELIABILITY I32),
// the answer is at least as strict as either, says so itself again, and does not
// depend on the order.
func TestRule12_StricterLosesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		a, b := randomDecision(r), randomDecision(r)
		s := approvals.Stricter(a, b)
		for _, than := range []approvals.Decision{a, b} {
			if why := stricter(s, than); why != "" {
				t.Fatalf("%+v is weaker than %+v: %s", s, than, why)
			}
		}
		if other := approvals.Stricter(b, a); stricter(s, other) != "" || stricter(other, s) != "" {
			t.Fatalf("%+v one way round, %+v the other", s, other)
		}
		if why := stricter(approvals.Stricter(s, a), s); why != "" {
			t.Fatalf("%+v with %+v once more is weaker: %s", s, a, why)
		}
	}
}

// TestRule12_UnknownIsWorst: a word no policy knows is not taken for the mildest.
func TestRule12_UnknownIsWorst(t *testing.T) {
	t.Parallel()
	known := defaultDecision()
	known.Class = approvals.Low
	for _, s := range []approvals.Decision{approvals.Stricter(known, approvals.Decision{}), approvals.Stricter(approvals.Decision{}, known)} {
		if s.Class != approvals.Critical || s.Outcome != approvals.Deny || len(s.Wait) != 0 {
			t.Errorf("with an empty decision: %+v", s)
		}
	}
}

// TestRule12_StricterKeepsItsInputs: neither decision is written to.
func TestRule12_StricterKeepsItsInputs(t *testing.T) {
	t.Parallel()
	a, b := defaultDecision(), defaultDecision()
	a.Rules = append(make([]approvals.Rule, 0, 8), approvals.Rule{ID: "A"})
	s := approvals.Stricter(a, b)
	s.Wait[approvals.Passkey], s.Rules[0].ID = 0, "changed"
	if a.Wait[approvals.Passkey] != 24*time.Hour || b.Wait[approvals.Passkey] != 24*time.Hour || a.Rules[0].ID != "A" || a.Rules[:2][1].ID != "" {
		t.Errorf("inputs changed: %+v, %+v", a, b)
	}
}

// TestRule12_StricterRulesFirst: the rules of what decides stand in front, whichever
// came first.
func TestRule12_StricterRulesFirst(t *testing.T) {
	t.Parallel()
	mild, strict := defaultDecision(), defaultDecision()
	mild.Class, mild.Rules = approvals.Low, []approvals.Rule{{ID: "MILD"}}
	strict.Class, strict.Rules = approvals.High, []approvals.Rule{{ID: "STRICT"}}
	for _, s := range []approvals.Decision{approvals.Stricter(mild, strict), approvals.Stricter(strict, mild)} {
		if len(s.Rules) != 2 || s.Rules[0].ID != "STRICT" {
			t.Errorf("rules %v", s.Rules)
		}
	}
}

// TestRule12_WorseFactsWaitNoLess: the policy in force is pure and takes no fact
// for a reason to wait less, whatever the kind; a change of contact or
// authenticator lately makes it wait longer.
func TestRule12_WorseFactsWaitNoLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := approvalstest.DefaultWaits
		calm := approvals.Facts{Kind: rapid.SampledFrom(approvals.Kinds).Draw(t, "kind"), Seller: seller, Now: t0}
		worse := calm
		worse.Fingerprint = rapid.String().Draw(t, "fingerprint")
		worse.Context.IP = rapid.String().Draw(t, "ip")
		worse.Context.LoginMethod = rapid.String().Draw(t, "login")
		worse.Seller.Locked = rapid.Bool().Draw(t, "locked")
		if rapid.Bool().Draw(t, "changed") {
			worse.Seller.SecurityAt = t0.Add(-time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours ago")) * time.Hour)
		}
		worse.CounterBack = rapid.Bool().Draw(t, "counter back")
		worse.Seller.LockEpoch += rapid.IntRange(0, 9).Draw(t, "locks")
		if why := stricter(policy.Decide(worse), policy.Decide(calm)); why != "" {
			t.Fatalf("worse facts, and yet %s", why)
		}
	})
}

// TestRule12_CounterBack: a synchronised passkey whose counter did not rise
// makes the action wait longest, and the seller reads why (DESIGN §5).
func TestRule12_CounterBack(t *testing.T) {
	t.Parallel()
	for back, want := range map[bool]time.Duration{false: approvalstest.DefaultWaits.PasskeyWait, true: approvalstest.DefaultWaits.LongWait} {
		g := newGateway()
		a, err := g.Create(t.Context(), request(seller))
		if err != nil {
			t.Fatal(err)
		}
		p := g.proof(a)
		p.CounterBack = back
		got, err := g.StepUp(t.Context(), a.Key(), p)
		why := slices.ContainsFunc(got.Decision.Rules, func(r approvals.Rule) bool { return r.ID == "PASSKEY-COUNTER-BACK" })
		if err != nil || got.Wait != want || why != back {
			t.Errorf("back %t: waits %v by %+v, %v; want %v", back, got.Wait, got.Decision.Rules, err, want)
		}
	}
}
