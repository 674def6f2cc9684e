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
	// always sure.
	Sure func() error
}

// errUnfinished marks what is not there yet.
var errUnfinished = errors.New("not there yet")

// CaseReader reads cases. Unknown is approvals.CodeNotFound.
type CaseReader interface {
	Queue(ctx context.Context, q CaseQuery) ([]CaseLine, error)
	Counts(ctx context.Context, person string, now time.Time) (Counts, error)
	Dossier(ctx context.Context, number int64) (Dossier, error)
}

// CaseStore keeps cases and what was decided in them.
type CaseStore interface{}

// Queue lists cases.
func (c *Cases) Queue(ctx context.Context, q CaseQuery) ([]CaseLine, error) {
	return nil, errUnfinished
}

// Counts is what the head of the queue says to a person.
func (c *Cases) Counts(ctx context.Context, person string) (Counts, error) {
	return Counts{}, errUnfinished
}

// Case reads one case.
func (c *Cases) Case(ctx context.Context, number int64) (Dossier, error) {
	return Dossier{}, errUnfinished
}

// Open opens a case on a seller, or joins the open one of this reason.
func (c *Cases) Open(ctx context.Context, seller approvals.SellerKey, reason approvals.CaseReason, by audit.Actor) (Case, error) {
	return Case{}, errUnfinished
}

// Claim says who works on the case. Another's claim is CodeClaimed, unless it is over
// or taken over.
func (c *Cases) Claim(ctx context.Context, number int64, person string, takeOver bool) error {
	return errUnfinished
}

// Leave gives a claim up. Of another's it does nothing.
func (c *Cases) Leave(ctx context.Context, number int64, person string) error { return errUnfinished }

// Note adds a note.
func (c *Cases) Note(ctx context.Context, number int64, person, text string) error {
	return errUnfinished
}

// Draft is what would be signed to propose this. It is refused at once where it
// cannot be proposed; nothing is stored.
func (c *Cases) Draft(ctx context.Context, in Intent) (Decision, error) {
	return Decision{}, errUnfinished
}

// Propose takes a signed draft. What one decides is carried out with it; anything
// else waits for a second person. Where the facts are no longer those of the draft
// it is CodeCaseMoved, with what differs.
func (c *Cases) Propose(ctx context.Context, d Decision, sig approvals.Signature) (Decision, error) {
	return Decision{}, errUnfinished
}

// Approve carries a proposal out. CodeOwnProposal for whoever proposed it; where the
// facts have changed it becomes void, which is CodeCaseMoved.
func (c *Cases) Approve(ctx context.Context, id string, reason Reason, note string, sig approvals.Signature) (Decision, error) {
	return Decision{}, errUnfinished
}

// Reject ends a proposal. CodeOwnProposal for whoever proposed it.
func (c *Cases) Reject(ctx context.Context, id string, reason Reason, note string, sig approvals.Signature) (Decision, error) {
	return Decision{}, errUnfinished
}

// Reveal shows one field for RevealLife to whoever has claimed the case. It is
// counted and audited before it is answered.
func (c *Cases) Reveal(ctx context.Context, number int64, field RevealField, action approvals.ActionID, why Reason, person string) (Revealed, error) {
	return Revealed{}, errUnfinished
}

// Revealed shows the same again, to the same person, while it lasts.
func (c *Cases) Revealed(ctx context.Context, id, person string) (Revealed, error) {
	return Revealed{}, errUnfinished
}

// Advance ends proposals that nobody answered, and returns how many.
func (c *Cases) Advance(ctx context.Context) (int, error) { return 0, errUnfinished }

func (c *Cases) sure() error {
	if c.Sure == nil {
		return nil
	}
	if err := c.Sure(); err != nil {
		return fmt.Errorf("work on cases: %w", err)
	}
	return nil
}
