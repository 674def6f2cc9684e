package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// InForce is the policy that a node decides by: the version in force, compiled
// once, and those that were in force before it, for actions that were open then.
// [InForce.Follow] is called every second or so, on every node, and takes over a
// change; nothing is restarted. It is safe for concurrent use.
//
// Where the database cannot be read, or the version in force does not compile, the
// node decides nothing: Known refuses, and so does whoever asks it first (DESIGN
// rule 17). An earlier version that does not compile any more would refuse for good:
// what was open under it goes to two people instead.
type InForce struct {
	policies *Policies
	scale    float64
	now      atomic.Pointer[compiled]
	missed   atomic.Int32 // looks in a row at which nothing could be read
}

// compiled is a version ready to decide, or why there is none, and what was in
// force before it.
type compiled struct {
	number int
	policy *risk.Policy
	err    error
	past   []retired // the oldest first
	begins time.Time // what was in force before this is not known; zero: all is
}

// missable is how many looks in a row may fail before the node refuses.
const missable = 3

var (
	_ approvals.Recaller = (*InForce)(nil)
	_ approvals.Definer  = (*InForce)(nil)
)

// NewInForce returns the policy in force, which is not known before the first
// Follow. scale shortens the waits of a demo; 1 leaves them.
func NewInForce(p *Policies, scale float64) *InForce { return &InForce{policies: p, scale: scale} }

// Follow looks which version is in force, after making what time asks for, and
// compiles it where it is another one. The error is for the log.
func (f *InForce) Follow(ctx context.Context) error {
	s, err := f.policies.Advance(ctx)
	if err != nil {
		f.missed.Add(1)
		return err
	}
	number := s.Effective.Number
	if held := f.now.Load(); held != nil && held.err == nil && held.number == number {
		f.missed.Store(0)
		return nil
	}
	next, err := f.compile(ctx, number)
	if errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		f.missed.Add(missable) // another one is in force, and which is not known
		return err
	}
	f.now.Store(next)
	f.missed.Store(0)
	return err
}

// compile makes a version ready to decide, with those before it. An error beside a
// policy is of an earlier one.
func (f *InForce) compile(ctx context.Context, number int) (*compiled, error) {
	policy, err := f.policies.Compiled(ctx, number)
	next := &compiled{number: number, err: err}
	if err != nil {
		return next, err
	}
	next.policy = f.scaled(policy)
	return next, f.recall(ctx, next)
}

func (f *InForce) scaled(p *risk.Policy) *risk.Policy {
	if f.scale == 1 {
		return p
	}
	return p.Scaled(f.scale)
}

// Known refuses with CodeUnavailable while it is not known which policy is in
// force.
func (f *InForce) Known() error {
	held := f.now.Load()
	switch {
	case held == nil || f.missed.Load() >= missable:
		return approvals.Refuse(approvals.CodeUnavailable)
	case held.err != nil:
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), held.err)
	}
	return nil
}

// Number is the version the node decides by.
func (f *InForce) Number() int {
	if held := f.now.Load(); held != nil {
		return held.number
	}
	return 0
}

// Version names the policy in force.
func (f *InForce) Version() string {
	if held := f.now.Load(); held != nil && held.policy != nil {
		return held.policy.Version()
	}
	return unknown.Version
}

// Worse implements approvals.Recaller.
func (f *InForce) Worse(recorded, seen map[string]any) map[string]any {
	return risk.Worse(recorded, seen)
}

// unknown is the decision of no policy: two people decide.
var unknown = approvals.Decision{Version: "unknown", Class: approvals.Critical, Outcome: approvals.Review}

// Decide implements approvals.Policy. What is asked although Known refuses goes to
// two people.
func (f *InForce) Decide(facts approvals.Facts) approvals.Decision {
	held := f.now.Load()
	if held == nil || held.policy == nil {
		return unknown
	}
	return held.policy.Decide(facts)
}

// Definition implements approvals.Definer. What is not known defines nothing.
func (f *InForce) Definition(k approvals.Kind) (approvals.Definition, bool) {
	held := f.now.Load()
	if held == nil || held.policy == nil {
		return approvals.Definition{}, false
	}
	return held.policy.Definition(k)
}

// Wrong implements approvals.Definer.
func (f *InForce) Wrong(k approvals.Kind, details json.RawMessage) []approvals.FieldError {
	held := f.now.Load()
	if held == nil || held.policy == nil {
		return []approvals.FieldError{{Field: "kind", Message: "must be defined in the policy file"}}
	}
	return held.policy.Wrong(k, details)
}
