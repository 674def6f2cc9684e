package risk

import (
	"maps"
	"slices"

	"countersign/approvals"
)

// verdict is what a policy finds, before it is a decision.
type verdict struct {
	class   approvals.Class
	outcome approvals.Outcome
	hours   int
	require []need
	methods []approvals.Method
	advice  []approvals.Advice
	reasons []*rule
	matched map[*rule]bool
	row     *row
	vars    map[string]any // the inputs, the counts and the thresholds
}

var (
	classOrder   = []approvals.Class{approvals.Low, approvals.Medium, approvals.High, approvals.Critical}
	outcomeOrder = []approvals.Outcome{approvals.Allow, approvals.Review, approvals.Freeze, approvals.Deny}
)

// weigh goes through the rules. A kind the table does not have is denied.
func (p *Policy) weigh(kind approvals.Kind, method approvals.Method, in map[string]any) verdict {
	v := verdict{class: approvals.Critical, outcome: approvals.Deny, matched: map[*rule]bool{}, vars: p.vars(in)}
	var first *rule
	for _, r := range p.rules {
		if !r.when.holds(v.vars) {
			continue
		}
		v.matched[r] = true
		if first == nil && r.Class != "" {
			first = r
		}
	}
	v.row = p.row(kind, v.vars)
	if first == nil || v.row == nil {
		return v
	}
	cell := v.row.cells[first.Class]
	v.class, v.outcome, v.hours = first.Class, cell.outcome, cell.hours
	v.methods, v.advice = cell.methods, cell.advice
	v.need(cell.require, method)
	for _, r := range p.rules {
		if v.matched[r] {
			v.join(r, method)
		}
	}
	// The rule for everything says why only where nothing else does.
	if last := p.rules[len(p.rules)-1]; len(v.reasons) > 1 && v.reasons[len(v.reasons)-1] == last {
		v.reasons = v.reasons[:len(v.reasons)-1]
	}
	return v
}

// join adds what a rule asks for. Rules of a milder class that ask for nothing
// beside it are no reason.
func (v *verdict) join(r *rule, method approvals.Method) {
	if r.Class == v.class || r.asks() {
		v.reasons = append(v.reasons, r)
	}
	v.hours = max(v.hours, r.Hours)
	v.outcome = outcomeOrder[max(slices.Index(outcomeOrder, v.outcome), slices.Index(outcomeOrder, r.Outcome))]
	v.need(r.require, method)
}

// asks reports whether the rule asks for anything beside its class.
func (r *rule) asks() bool { return r.Hours > 0 || r.Outcome != "" || len(r.require) > 0 }

// need adds requirements, as they are for this method.
func (v *verdict) need(of []need, method approvals.Method) {
	for _, n := range of {
		if n == needPasskeyOrSecond {
			if method == approvals.Passkey {
				continue
			}
			n = needSecond
		}
		if !slices.Contains(v.require, n) {
			v.require = append(v.require, n)
		}
	}
}

// asksFor is what the rule by itself asks of a proof by this method.
func (r *rule) asksFor(method approvals.Method) []approvals.Requirement {
	var v verdict
	v.need(r.require, method)
	var out []approvals.Requirement
	for _, n := range v.require {
		out = append(out, approvals.Requirement(n))
	}
	return out
}

// vars are the inputs with what the file adds to them.
func (p *Policy) vars(in map[string]any) map[string]any {
	vars := make(map[string]any, len(in)+len(p.thresholds)+len(counted))
	maps.Copy(vars, in)
	for name, n := range p.thresholds {
		vars[name] = n
	}
	for _, s := range counted {
		var n int64
		for _, c := range p.counts[s.name] {
			if c.holds(vars) {
				n++
			}
		}
		vars[s.name] = n
	}
	return vars
}

// row is the first of a kind that applies.
func (p *Policy) row(kind approvals.Kind, vars map[string]any) *row {
	for _, r := range p.rows[kind] {
		if r.when == nil || r.when.holds(vars) {
			return r
		}
	}
	return nil
}
