package risk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// asked is one thing that can be judged.
type asked struct {
	kind   approvals.Kind
	method approvals.Method
	inputs map[string]any
}

// lenient are requests about which little is bad, the same ones each time: where
// much is, every policy is strict.
func lenient(n int) []asked {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not a secret
	var all []asked
	for range n {
		a := asked{
			[]approvals.Kind{approvals.PayoutAccountChange, approvals.PayoutAccountSwitch, approvals.LoanDisbursement, approvals.ContactChange}[r.IntN(4)],
			[]approvals.Method{approvals.Passkey, approvals.TOTP}[r.IntN(2)], map[string]any{},
		}
		signals := risk.Signals()
		for _, s := range signals {
			a.inputs[s.Name] = valueOf(r, s, false)
		}
		for range 1 + r.IntN(3) {
			s := signals[r.IntN(len(signals))]
			a.inputs[s.Name] = valueOf(r, s, true)
		}
		for range r.IntN(4) { // what counts.strong counts
			names := []string{"security_age_hours", "device_age_hours", "passkey_counter_back", "loan_age_hours", "payee_check"}
			i := slices.IndexFunc(signals, func(s risk.Signal) bool { return s.Name == names[r.IntN(len(names))] })
			if i >= 0 {
				a.inputs[signals[i].Name] = valueOf(r, signals[i], true)
			}
		}
		all = append(all, a)
	}
	return all
}

// valueOf is a value of s: a good one, or any about where policies draw lines.
func valueOf(r *rand.Rand, s risk.Signal, any bool) any {
	lines := []int{0, 1, 2, 3, 99, 100, 167, 168, 335, 336, 719, 720, 721, 1001, risk.Never}
	switch s.Type {
	case "a whole number":
		switch {
		case any:
			return lines[r.IntN(len(lines))]
		case s.Worse == "smaller":
			return risk.Never
		}
		return 0
	case "true or false":
		if any || s.Worse == "" {
			return r.IntN(2) == 0
		}
		return s.Worse == "false"
	}
	if any {
		return s.Values[r.IntN(len(s.Values))]
	}
	return s.Values[0]
}

// milder says how after asks for less than before, empty where it does not.
func milder(before, after approvals.Decision, m approvals.Method) string {
	classes := []approvals.Class{approvals.Low, approvals.Medium, approvals.High, approvals.Critical}
	outcomes := []approvals.Outcome{approvals.Allow, approvals.Review, approvals.Freeze, approvals.Deny}
	wait, was := before.Wait[m]
	next, is := after.Wait[m]
	switch {
	case slices.Index(classes, after.Class) < slices.Index(classes, before.Class):
		return fmt.Sprintf("class %s was %s", after.Class, before.Class)
	case slices.Index(outcomes, after.Outcome) < slices.Index(outcomes, before.Outcome):
		return fmt.Sprintf("outcome %s was %s", after.Outcome, before.Outcome)
	case !is:
		return ""
	case !was:
		return fmt.Sprintf("%s is permitted", m)
	case next < wait:
		return fmt.Sprintf("it waits %v, and waited %v", next, wait)
	}
	for _, n := range before.Require {
		if !slices.Contains(after.Require, n) {
			return fmt.Sprintf("%s is not asked for", n)
		}
	}
	return ""
}

// TestRule12_LooserIsNeverSilent: whatever is changed in a policy, where Looser says
// nothing no request is judged milder than before.
func TestRule12_LooserIsNeverSilent(t *testing.T) {
	t.Parallel()
	old, err := readDraft(t).parse(t)
	if err != nil {
		t.Fatal(err)
	}
	all := lenient(150)
	before := make([]approvals.Decision, len(all))
	for i, a := range all {
		before[i] = old.Judge(a.kind, a.method, a.inputs)
	}
	silent, said := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := readDraft(t)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			rapid.SampledFrom(changes).Draw(t, "change")(t, &d)
		}
		next, err := d.parse(t)
		switch {
		case err != nil:
			return // a file that is refused loosens nothing
		case len(risk.Looser(old, next)) > 0:
			said++
			return
		}
		silent++
		for i, a := range all {
			if how := milder(before[i], next.Judge(a.kind, a.method, a.inputs), a.method); how != "" {
				t.Fatalf("%s by %s: %s\n%v\n%s", a.kind, a.method, how, a.inputs, next.Source())
			}
		}
	})
	if silent < 5 || said < 5 {
		t.Errorf("%d drafts were silent and %d were not: the property was hardly tried", silent, said)
	}
}
