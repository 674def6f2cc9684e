package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Cases is what people do in cases: the one way for a decision of people to reach a
// seller, whoever asks for it. It is safe for concurrent use.
type Cases struct {
	Store CaseStore
	Read  CaseReader
	NewID func() string
	Now   func() time.Time
	// Sure refuses while this node's clock or database cannot be trusted; nil is
	// always sure. Without it nothing is decided by two; friction is always possible.
	Sure func() error
	// Broken is told of a broken assertion; it halts all releases. Nil tells nobody.
	Broken func(ctx context.Context, where string)
}

// Queue lists cases.
func (c *Cases) Queue(ctx context.Context, q CaseQuery) ([]CaseLine, error) {
	return c.Read.Queue(ctx, q)
}

// Counts is what the head of the queue says to a person.
func (c *Cases) Counts(ctx context.Context, person string) (Counts, error) {
	return c.Read.Counts(ctx, person, c.Now())
}

// Case reads one case.
func (c *Cases) Case(ctx context.Context, number int64) (Dossier, error) {
	return c.Read.Dossier(ctx, number, c.Now())
}

// Draft is what would be signed to propose this. It is refused at once where it
// cannot be proposed; nothing is stored.
func (c *Cases) Draft(ctx context.Context, in Intent) (Decision, error) {
	if err := c.sure(in.Verb); err != nil {
		return Decision{}, err
	}
	var d Decision
	look := c.look(in.Case, "", in.Person)
	look.Sellers = in.Sellers
	_, err := c.Store.Decide(ctx, look, func(s Scene) (Ruling, error) {
		s.Proposals, _ = s.lapsed(c.Now())
		var err error
		d, err = s.draft(in, c.NewID())
		return Ruling{}, err
	})
	if err != nil {
		return Decision{}, c.refused(ctx, "draft_decision", d, in.Person, err)
	}
	return d, nil
}

// Propose takes a signed draft. What one decides is carried out with it; anything
// else waits for a second person. Where the facts are no longer those of the draft
// it is CodeCaseMoved, with what differs.
func (c *Cases) Propose(ctx context.Context, d Decision, sig approvals.Signature) (Decision, error) {
	if err := c.sure(d.Verb); err != nil {
		return Decision{}, err
	}
	look := c.look(d.Case, "", sig.Person)
	look.Sellers = d.Sellers
	return c.decide(ctx, look, "propose_decision", d, func(s Scene) (Ruling, error) {
		return s.propose(d, sig, c.Now())
	})
}

// Approve carries a proposal out. CodeOwnProposal for whoever proposed it; where the
// facts have changed it becomes void, which is CodeCaseMoved.
func (c *Cases) Approve(ctx context.Context, id string, reason Reason, note string, sig approvals.Signature) (Decision, error) {
	if err := c.sure(Unlock); err != nil {
		return Decision{}, err
	}
	return c.decide(ctx, c.look(0, id, sig.Person), "approve_decision", Decision{ID: id}, func(s Scene) (Ruling, error) {
		return s.approve(reason, note, sig, c.Now())
	})
}

// Reject ends a proposal. CodeOwnProposal for whoever proposed it.
func (c *Cases) Reject(ctx context.Context, id string, reason Reason, note string, sig approvals.Signature) (Decision, error) {
	return c.decide(ctx, c.look(0, id, sig.Person), "reject_decision", Decision{ID: id}, func(s Scene) (Ruling, error) {
		return s.reject(reason, note, sig, c.Now())
	})
}

// Advance ends proposals that nobody answered, and returns how many. One that cannot
// be ended keeps no other from being.
func (c *Cases) Advance(ctx context.Context) (int, error) {
	ids, err := c.Store.Lapsing(ctx, c.Now(), lapsePage)
	if err != nil {
		return 0, fmt.Errorf("find proposals that lapse: %w", err)
	}
	done := 0
	var failed []error
	for _, id := range ids {
		_, err := c.Store.Decide(ctx, c.look(0, id, ""), func(s Scene) (Ruling, error) { return s.lapse(c.Now()), nil })
		if err != nil {
			c.broken(ctx, "lapse_decision "+id, err)
			failed = append(failed, fmt.Errorf("lapse proposal %s: %w", id, err))
			continue
		}
		done++
	}
	return done, errors.Join(failed...)
}

// lapsePage is how many proposals one pass ends.
const lapsePage = 100

func (c *Cases) look(number int64, id, person string) Look {
	return Look{Case: number, Decision: id, Person: person, Now: c.Now()}
}

// decide takes one step, and records a refusal. A step may refuse and still save
// what it found out, as that a proposal is void.
func (c *Cases) decide(ctx context.Context, look Look, verb string, d Decision, step func(Scene) (Ruling, error)) (Decision, error) {
	r, err := c.Store.Decide(ctx, look, func(s Scene) (Ruling, error) {
		if d.Case == 0 && s.Asked != nil {
			d = *s.Asked
		}
		return step(s)
	})
	if err == nil {
		err = r.Refusal
	}
	if err != nil {
		return Decision{}, c.refused(ctx, verb, d, look.Person, err)
	}
	return r.Decision, nil
}

// refused audits a refusal. That it could not be audited is not hidden: the answer
// stays a refusal, and the store reports its own trouble.
func (c *Cases) refused(ctx context.Context, verb string, d Decision, person string, err error) error {
	c.broken(ctx, verb+" "+d.ID, err)
	if e, ok := errors.AsType[*approvals.Error](err); ok && d.Case != 0 && d.Seller.Marketplace != "" && person != "" {
		line := d.event(verb, audit.Actor{Type: audit.Agent, ID: person}, c.Now())
		line.Data["refused"] = string(e.Code)
		_ = c.Store.Refuse(ctx, line)
	}
	return fmt.Errorf("%s: %w", verb, err)
}

// broken tells of a broken assertion, so that all releases halt (DESIGN rule 17).
func (c *Cases) broken(ctx context.Context, where string, err error) {
	if errors.Is(err, approvals.ErrBroken) && c.Broken != nil {
		c.Broken(ctx, where)
	}
}

// sure refuses what takes friction away on a node that is unsure of its clock or its
// database. Stopping is never asked (DESIGN rules 5 and 17).
func (c *Cases) sure(v CaseVerb) error {
	if c.Sure == nil || !v.Two() {
		return nil
	}
	if err := c.Sure(); err != nil {
		return fmt.Errorf("decide in a case: %w", err)
	}
	return nil
}
