package proxy

import "countersign/approvals"

// Outcome is what became of one request. What passes is counted and not logged:
// who asked for what is the marketplace's own to know.
type Outcome struct {
	Kind   OutcomeKind
	Route  string         // of a sealed one
	Status int            // of the answer; 0 for a refusal, whose code says more
	Code   approvals.Code // of a refusal
}

// OutcomeKind says who answered.
type OutcomeKind string

const (
	Passed  OutcomeKind = "passed"  // the upstream
	Sealed  OutcomeKind = "sealed"  // the gateway: it waits for its seller
	Refused OutcomeKind = "refused" // the gateway: it goes nowhere
)

func (p *Proxy) count(o Outcome) {
	if p.Count != nil {
		p.Count(o)
	}
}
