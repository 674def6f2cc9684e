package risk

import (
	"maps"
	"slices"
	"time"

	"countersign/approvals"
)

// Policy is one policy file, checked. It does not change, and any number of
// goroutines may use it.
type Policy struct {
	name, version string
	source        []byte
	thresholds    map[string]int64
	counts        map[string][]*condition // by the signal they make
	rules         []*rule
	rows          map[approvals.Kind][]*row
	defined       map[approvals.Kind]*definedKind
	own           []approvals.Kind // those that are defined, in the order of the file
	// scale is how many hours an hour of the policy takes: 1, and less in a demo.
	scale float64
}

var _ approvals.Policy = (*Policy)(nil)

// rule is one rule, and what it is shown as.
type rule struct {
	Rule
	when    *condition
	require []need
}

// row is one row of the table of a kind.
type row struct {
	line  int
	when  *condition // nil: always
	cells map[approvals.Class]*cell
}

// cell is what a class means for a kind.
type cell struct {
	line, column int
	hours        int
	outcome      approvals.Outcome
	require      []need
	methods      []approvals.Method
	advice       []approvals.Advice
}

// need is a requirement as a file writes it.
type need string

const (
	needSecond      need = need(approvals.SecondApprover)
	needIndependent need = need(approvals.IndependentProof)
	// needPasskeyOrSecond asks another person where the proof is no passkey.
	needPasskeyOrSecond need = "passkey_or_second_approver"
)

// Version names the policy in every decision: its name, its version, and the
// beginning of the SHA-256 of its source.
func (p *Policy) Version() string { return p.version }

// Source is the file as it was read.
func (p *Policy) Source() []byte { return p.source }

// Scaled is the policy of a demo: waits are multiplied by factor, and ages divided
// by it, so that everything takes as much less as everything else.
func (p *Policy) Scaled(factor float64) *Policy {
	q := *p
	q.scale = p.scale * factor
	return &q
}

// methods are all there are, the mildest first.
var methods = []approvals.Method{approvals.Passkey, approvals.TOTP, approvals.RecoveryCode}

// quarantine is the least that what is added waits (DESIGN rule 11); with printed
// codes alone it is a recovery: the wait of one, and then the quarantine.
var quarantine = map[approvals.Method]time.Duration{
	approvals.Passkey: approvals.QuarantineAdded, approvals.TOTP: approvals.QuarantineAddedByCode,
	approvals.RecoveryCode: approvals.QuarantineAdded + approvals.QuarantineAddedByCode,
}

// Decide implements approvals.Policy. Before the first proof it answers for each
// method, and takes the device and the authenticator for old; what it asks for is
// what the mildest method asks for. With the proof it is what its method asks for.
func (p *Policy) Decide(f approvals.Facts) approvals.Decision {
	in := p.inputs(f)
	var out approvals.Decision
	waits := map[approvals.Method]time.Duration{}
	for _, m := range methods {
		d := p.judge(f.Kind, m, p.proved(in, f, m))
		if wait, permitted := d.Wait[m]; permitted {
			waits[m] = wait
		}
		if (f.Proof == nil && out.Version == "" && len(d.Wait) > 0) || (f.Proof != nil && m == f.Proof.Method) {
			out = d
		}
	}
	if out.Version == "" { // nothing is permitted, or a method nobody knows
		out = p.judge(f.Kind, approvals.TOTP, p.proved(in, f, approvals.TOTP))
	}
	out.Wait = waits
	return out
}

// Judge is the decision over recorded inputs for a proof by this method: for a
// replay and a simulator. What is not in inputs counts as the worst, except where
// THREATS §4 says that it is not bad.
func (p *Policy) Judge(kind approvals.Kind, method approvals.Method, inputs map[string]any) approvals.Decision {
	in := make(map[string]any, len(signals))
	for _, s := range signals {
		in[s.name] = s.read(inputs[s.name])
	}
	in[sigKind], in[sigMethod] = string(kind), string(method)
	return p.judge(kind, method, in)
}

// judge is the decision over inputs that are complete.
func (p *Policy) judge(kind approvals.Kind, method approvals.Method, in map[string]any) approvals.Decision {
	v := p.weigh(kind, method, in)
	d := approvals.Decision{
		Version: p.version, Class: v.class, Outcome: v.outcome, Inputs: in, Advice: v.advice,
		Wait: map[approvals.Method]time.Duration{},
	}
	for _, r := range v.reasons {
		d.Rules = append(d.Rules, approvals.Rule{ID: r.ID, Text: maps.Clone(r.Text), Require: r.asksFor(method)})
	}
	for _, r := range []approvals.Requirement{approvals.SecondApprover, approvals.IndependentProof} {
		if slices.Contains(v.require, need(r)) {
			d.Require = append(d.Require, r)
		}
	}
	if in[sigApprover] != true {
		d = d.Alone()
	}
	if slices.Contains(v.methods, method) {
		d.Wait[method] = p.wait(kind, method, v.hours)
	}
	return d
}

// wait is hours of the policy, and the quarantine of what is added at least.
func (p *Policy) wait(kind approvals.Kind, method approvals.Method, hours int) time.Duration {
	wait := time.Duration(hours) * time.Hour
	if slices.Contains([]approvals.Kind{approvals.AuthenticatorAdd, approvals.ContactChange, approvals.ApproverAdd, approvals.ApproverRemove}, kind) {
		wait = max(wait, quarantine[method])
	}
	return time.Duration(float64(wait) * p.scale).Round(time.Millisecond)
}
