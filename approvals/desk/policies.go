package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/risk"
)

// Store keeps the versions of the policy. A database that cannot be asked is
// approvals.CodeUnavailable.
type Store interface {
	// Standing returns what there is, as of one moment.
	Standing(ctx context.Context) (Standing, error)

	// Version returns one with its source. Unknown is CodeNotFound.
	Version(ctx context.Context, number int) (Version, error)

	// Versions returns the newest versions, at most this many, without sources.
	Versions(ctx context.Context, limit int) ([]Version, error)

	// Ruled returns the newest versions that are or were in force, the newest first, at
	// most this many, without sources.
	Ruled(ctx context.Context, limit int) ([]Version, error)

	// UpdatePolicy takes one step: what it returns is saved in one transaction, the
	// events and thin events with it, or nothing at all. Steps of all nodes are
	// taken one after the other. The step may run more than once and must do
	// nothing but compute.
	UpdatePolicy(ctx context.Context, step func(Standing) (Change, error)) error
}

// Policies is what people do with the policy. It is safe for concurrent use.
type Policies struct {
	Store   Store
	Default *risk.Policy // the one compiled in
	Now     func() time.Time
	// Sure refuses while this node's clock or database cannot be trusted; nil is
	// always sure. Without it nothing is written: by a wrong clock a day would be over
	// for every node. The version in force can be read all the same.
	Sure func() error
}

// policyName is the name under which stored sources are read, so that the same
// source is called the same in every decision.
const policyName = "policy"

// Draft reads a policy file and compares it with the version in force: what may be
// milder about it, and what is signed to propose it. It stores nothing. A file
// with mistakes is CodeInvalid, each with its place.
func (p *Policies) Draft(ctx context.Context, source []byte) (Version, error) {
	next, err := risk.Parse(policyName, source)
	if err != nil {
		return Version{}, approvals.Invalid(approvals.FieldError{Field: "source", Message: err.Error()})
	}
	s, err := p.Store.Standing(ctx)
	if err != nil {
		return Version{}, fmt.Errorf("read the policy in force: %w", err)
	}
	old, err := p.Compiled(ctx, s.Effective.Number)
	if err != nil {
		return Version{}, err
	}
	return Version{
		Name: next.Version(), Hash: sha256.Sum256(source), Source: source, Base: s.Effective.Number, Milder: risk.Looser(old, next),
	}, nil
}

// Compiled is the version of this number, ready to decide.
func (p *Policies) Compiled(ctx context.Context, number int) (*risk.Policy, error) {
	if number == 0 {
		return p.Default, nil
	}
	v, err := p.Store.Version(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("read policy %d: %w", number, err)
	}
	return p.Compile(v)
}

// Compile makes a version that was read with its source ready to decide.
func (p *Policies) Compile(v Version) (*risk.Policy, error) {
	if sha256.Sum256(v.Source) != v.Hash {
		return nil, fmt.Errorf("policy %d: %w", v.Number, errAltered)
	}
	compiled, err := risk.Parse(policyName, v.Source)
	if err != nil {
		return nil, fmt.Errorf("policy %d: %w", v.Number, err)
	}
	return compiled, nil
}

var errAltered = errors.New("the stored source is not the one that was signed")

// Apply puts a draft in force that only tightens, for whoever has a shell on the
// gateway's host. CodeTwoAdmins when it may be milder.
func (p *Policies) Apply(ctx context.Context, draft Version, operator audit.Actor) error {
	draft.Proposer = ""
	return p.step(ctx, func(s Standing) (Change, error) { return s.propose(draft, operator, p.Now()) })
}

// Propose is Apply by an admin, who has signed the draft. One that may be milder
// waits for a second admin.
func (p *Policies) Propose(ctx context.Context, draft Version, sig approvals.Signature) error {
	if sig.Subject != draft.Subject(Propose) || sig.Role != roleAdmin {
		return approvals.Refuse(approvals.CodeProofOther)
	}
	draft.Proposer = sig.Person
	return p.step(ctx, func(s Standing) (Change, error) { return s.propose(draft, sig.Actor(), p.Now()) })
}

// Approve lets a proposal come into force after LoosenAfter. CodeOwnProposal for
// whoever proposed it, CodeTooNew for who joined less than SecondAfter ago.
func (p *Policies) Approve(ctx context.Context, number int, sig approvals.Signature) error {
	return p.step(ctx, func(s Standing) (Change, error) { return s.approve(number, sig, p.Now()) })
}

// Reject ends a version that is not in force yet.
func (p *Policies) Reject(ctx context.Context, number int, sig approvals.Signature) error {
	return p.step(ctx, func(s Standing) (Change, error) { return s.reject(number, sig, p.Now()) })
}

// Stop is Reject by whoever has a shell on the gateway's host, who has no passkey to
// sign with: it takes nothing away that protects a seller. Who did it is on record.
func (p *Policies) Stop(ctx context.Context, number int, operator audit.Actor) error {
	return p.step(ctx, func(s Standing) (Change, error) { return s.stop(number, operator, p.Now()) })
}

// Advance makes what time asks for, if anything, and returns what there is then.
// A node that is not sure makes nothing of it and returns what there is: another
// one will, or this one later.
func (p *Policies) Advance(ctx context.Context) (Standing, error) {
	s, err := p.Store.Standing(ctx)
	if err != nil {
		return s, fmt.Errorf("read the policy in force: %w", err)
	}
	if at := s.DueAt(); at.IsZero() || p.Now().Before(at) || p.sure() != nil {
		return s, nil
	}
	if err := p.Store.UpdatePolicy(ctx, func(s Standing) (Change, error) { return s.due(p.Now()), nil }); err != nil {
		return s, fmt.Errorf("advance the policy: %w", err)
	}
	return p.Store.Standing(ctx)
}

func (p *Policies) sure() error {
	if p.Sure == nil {
		return nil
	}
	return p.Sure()
}

// step makes what time asks for first, so that nobody signs what is over. It is
// refused where the node is not sure.
func (p *Policies) step(ctx context.Context, take func(Standing) (Change, error)) error {
	if err := p.sure(); err != nil {
		return fmt.Errorf("change the policy: %w", err)
	}
	if _, err := p.Advance(ctx); err != nil {
		return err
	}
	if err := p.Store.UpdatePolicy(ctx, take); err != nil {
		return fmt.Errorf("change the policy: %w", err)
	}
	return nil
}
