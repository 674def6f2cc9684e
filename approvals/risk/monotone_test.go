package risk_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// contexts is how many random contexts the property is tried on;
// COUNTERSIGN_RISK_CONTEXTS asks for another number.
func contexts(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_RISK_CONTEXTS"))
	if err != nil {
		return defaultContexts
	}
	return n
}

// order is what a signal can be, the best first, written down here once more: the
// test does not ask the package what it takes for bad. Values beside each other in
// one place are as good as each other.
var order = map[string][][]any{
	"first_destination": nil, "vouched": {{true}, {false}},
	"device_age_hours": young, "authenticator_age_hours": young, "security_age_hours": young,
	"passkey_counter_back": flagged, "has_passkey": {{true}, {false}}, "has_device": {{true}, {false}}, "has_approver": {{true}, {false}},
	"destination_shared": many, "destination_shared_365d": many, "destination_shared_strong": flagged, "destination_denied": flagged,
	"destination_disputed": flagged, "destination_in_failed_attempt": flagged, "destination_age_hours": young,
	"destination_unused_hours": {{0}, {1}, {719}, {720}, {721}, {risk.Never}}, "institution_class": {{"bank", "unknown"}, {"e_money", "payment_institution"}}, "class_shift": flagged, "country_change": flagged, "country_mismatch": flagged,
	"payee_check": {{"match", "none", "unavailable"}, {"close"}, {"no_match"}},
	"change_open": flagged, "since_last_change_hours": young, "changes_30d": many, "cancels_30d": many, "loan_age_hours": young,
	"loans_30d": {{0}, {1}, {4}, {5}, {50}}, "loans_to_it_30d": many, "loan_sum_30d": {{0}, {1}, {500}, {501}, {1 << 30}}, "notice_bounced": flagged, "alike_24h": many, "session_age_hours": young,
	"agent_velocity": {{0}, {1}, {4}, {5}, {50}}, "new_network": flagged, "geo_jump": flagged,
	"password_age_hours": young, "payout_jump": many, "balance_at_risk": {{0}, {1}, {4}, {5}, {50}},
}

var (
	flagged = [][]any{{false}, {true}}
	many    = [][]any{{0}, {1}, {2}, {3}, {50}}
	young   = [][]any{{risk.Never}, {720}, {719}, {336}, {335}, {168}, {167}, {1}, {0}}
	worse   = map[approvals.Method][]approvals.Method{
		approvals.Passkey: {approvals.Passkey, approvals.TOTP, approvals.RecoveryCode}, approvals.TOTP: {approvals.TOTP}, approvals.RecoveryCode: {approvals.RecoveryCode},
	}
	allKinds = []approvals.Kind{
		approvals.PayoutAccountChange, approvals.PayoutAccountSwitch, approvals.LoanDisbursement,
		approvals.AuthenticatorAdd, approvals.AuthenticatorRemove, approvals.ContactChange, approvals.ApproverAdd, approvals.ApproverRemove,
	}
)

// context is a request.
type context struct {
	kind   approvals.Kind
	method approvals.Method
	in     map[string]any
}

// draw makes a context; pick answers with a number below n, and most signals are
// good so that single bad ones matter.
func draw(pick func(n int) int) context {
	c := context{kind: allKinds[pick(len(allKinds))], in: make(map[string]any, len(order))}
	c.method = []approvals.Method{approvals.Passkey, approvals.Passkey, approvals.TOTP, approvals.RecoveryCode}[pick(4)]
	c.in["first_destination"] = pick(2) == 0
	for _, name := range names {
		if tiers := order[name]; tiers != nil {
			at := 0
			if pick(10) >= 8 {
				at = pick(len(tiers))
			}
			c.in[name] = tiers[at][pick(len(tiers[at]))]
		}
	}
	return c
}

// worsen returns c with some signals worse.
func (c context) worsen(pick func(n int) int) context {
	next := context{c.kind, c.method, maps.Clone(c.in)}
	if pick(8) == 0 {
		next.method = worse[c.method][pick(len(worse[c.method]))]
	}
	for range 1 + pick(3) {
		name := names[pick(len(names))]
		tiers := order[name]
		at := slices.IndexFunc(tiers, func(tier []any) bool { return slices.Contains(tier, c.in[name]) })
		if at >= 0 {
			to := tiers[at+pick(len(tiers)-at)]
			next.in[name] = to[pick(len(to))]
		}
	}
	return next
}

var names = func() []string {
	var all []string
	for name := range order {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}()

// less says in which way b asks for less than a; empty if in none.
func less(a, b approvals.Decision, method, later approvals.Method) string {
	classes := risk.Classes()
	outcomes := []approvals.Outcome{approvals.Allow, approvals.Review, approvals.Freeze, approvals.Deny}
	wait, permitted := a.Wait[method]
	next, still := b.Wait[later]
	switch {
	case slices.Index(classes, b.Class) < slices.Index(classes, a.Class):
		return fmt.Sprintf("class %s after %s", b.Class, a.Class)
	case slices.Index(outcomes, b.Outcome) < slices.Index(outcomes, a.Outcome):
		return fmt.Sprintf("outcome %s after %s", b.Outcome, a.Outcome)
	case still && !permitted && method == later:
		return "a method more"
	case still && permitted && next < wait:
		return fmt.Sprintf("%v after %v", next, wait)
	}
	for _, r := range a.Require {
		if !slices.Contains(b.Require, r) {
			return "without " + string(r)
		}
	}
	return ""
}

// TestRule12_WorseSignalsAskForNoLess is DESIGN rule 12, and NI-30, over 100,000 random
// contexts: worsening any signals never shortens a delay, drops a requirement,
// permits a method or lowers an outcome.
func TestRule12_WorseSignalsAskForNoLess(t *testing.T) {
	t.Parallel()
	for _, s := range risk.Signals() {
		if _, known := order[s.Name]; !known && s.Name != "kind" && s.Name != "method" && s.Name != "strong_signals" && s.Name != "weak_signals" {
			t.Errorf("signal %s is not tried", s.Name)
		}
	}
	r := rand.New(rand.NewPCG(12, 2018))
	p := risk.Default()
	seen := map[approvals.Outcome]int{}
	var c context
	var a approvals.Decision
	for i := range contexts(t) { // chains of eight, each worse than the one before
		if i%8 == 0 {
			c = draw(r.IntN)
			a = p.Judge(c.kind, c.method, c.in)
			continue
		}
		next := c.worsen(r.IntN)
		b := p.Judge(next.kind, next.method, next.in)
		seen[b.Outcome]++
		if why := less(a, b, c.method, next.method); why != "" {
			t.Fatalf("%s, %s to %s: %s\n%v\n%v", c.kind, c.method, next.method, why, c.in, next.in)
		}
		c, a = next, b
	}
	if len(seen) < 3 {
		t.Errorf("only %v were seen", seen)
	}
}

// TestRule12_Shrunk is the same property for the shortest example of a failure.
func TestRule12_Shrunk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "") }
		c := draw(pick)
		next := c.worsen(pick)
		a, b := risk.Default().Judge(c.kind, c.method, c.in), risk.Default().Judge(c.kind, next.method, next.in)
		if why := less(a, b, c.method, next.method); why != "" {
			t.Fatalf("%s", why)
		}
	})
}

// TestRule12_StricterJoins: what an action keeps of two decisions is no milder than
// either, is the same whichever came first, and changes nothing a second time.
func TestRule12_StricterJoins(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 12))
	random := func() approvals.Decision {
		c := draw(r.IntN)
		d := risk.Default().Judge(c.kind, c.method, c.in)
		for _, m := range []approvals.Method{approvals.Passkey, approvals.TOTP} {
			if r.IntN(2) == 0 {
				d.Wait[m] = risk.Default().Judge(c.kind, m, c.in).Wait[m]
			}
		}
		return d
	}
	for range contexts(t) / 10 {
		a, b := random(), random()
		s, other := approvals.Stricter(a, b), approvals.Stricter(b, a)
		for _, m := range []approvals.Method{approvals.Passkey, approvals.TOTP, approvals.RecoveryCode} {
			for what, why := range map[string]string{
				"than the first": less(a, s, m, m), "than the second": less(b, s, m, m),
				"one way round": less(other, s, m, m), "the other way": less(s, other, m, m),
				"joined once more": less(approvals.Stricter(s, a), s, m, m),
			} {
				if why != "" {
					t.Fatalf("%s, milder %s: %s\n%+v\n%+v", m, what, why, a, b)
				}
			}
		}
	}
}
