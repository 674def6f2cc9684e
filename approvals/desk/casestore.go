package desk

import (
	"context"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// CaseReader reads cases, each as of one moment. Unknown is approvals.CodeNotFound,
// a database that cannot be asked approvals.CodeUnavailable.
type CaseReader interface {
	Queue(ctx context.Context, q CaseQuery) ([]CaseLine, error)
	Counts(ctx context.Context, person string, now time.Time) (Counts, error)
	Dossier(ctx context.Context, number int64, now time.Time) (Dossier, error)
	// Revealed reads a reveal again, with what it shows as it is now.
	Revealed(ctx context.Context, id string) (Reveal, RevealScene, error)
}

// CaseStore keeps cases and what was decided in them. Each method runs its function
// in one transaction, on data read there, and saves all that it returns or nothing.
// The function may run more than once and must do nothing but compute; its error
// rolls back and comes back as it is.
type CaseStore interface {
	// Decide takes one step of a decision. The seller, the seller's open actions and
	// the case are locked until the commit, and the people who sign cannot be removed
	// before it.
	Decide(ctx context.Context, look Look, step func(Scene) (Ruling, error)) (Ruling, error)

	// Work changes who works on a case, or adds a note. The case is locked.
	Work(ctx context.Context, number int64, person string, step func(Case, Person) (CaseWork, error)) (Case, error)

	// Reveal counts a reveal with its event, and its notice. The person is locked, so
	// that two at once are counted one after the other.
	Reveal(ctx context.Context, number int64, r Reveal, step func(RevealScene) (RevealWork, error)) error

	// Lapsing lists proposals that nobody answered in time, the oldest first.
	Lapsing(ctx context.Context, now time.Time, limit int) ([]string, error)

	// Refuse records a refusal by itself.
	Refuse(ctx context.Context, e audit.Event) error
}

// Share is how a seller whom a decision names stands to the destination.
type Share struct {
	Seller   approvals.SellerKey
	Declared bool // shares it by the word of two
}

// CaseWork is what somebody does to a case besides deciding.
type CaseWork struct {
	Case  Case
	Note  *Note
	Event audit.Event // none where its verb is empty
}

// RevealScene is what a reveal is made on.
type RevealScene struct {
	Case   Case
	Person Person
	Seller approvals.Seller
	Action *approvals.Action // where the field is one of an action
	Count  int               // reveals of this person in RevealSpan
	Told   bool              // the seller was told of one in this case in RevealSpan
}

// RevealWork is what a reveal saves.
type RevealWork struct {
	Case   Case
	Event  audit.Event
	Notice *approvals.SecurityNotice
}
