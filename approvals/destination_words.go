package approvals

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// Word is what people decide about a destination. What adds friction is decided by
// one; what takes it away by two different people (DESIGN rule 14).
type Word struct {
	RingKey
	By     audit.Actor
	With   audit.Actor // the second, where two are needed
	Reason string
	At     time.Time
}

// two refuses a word that is not that of two different people.
func (w Word) two() error {
	switch {
	case w.By.ID == "" || w.With.ID == "":
		return Invalid(FieldError{"with", "must name a second person"})
	case w.By == w.With:
		return Invalid(FieldError{"with", "must be another person"})
	}
	return w.one()
}

func (w Word) one() error {
	switch {
	case w.Fingerprint == "":
		return Invalid(FieldError{"destination", "must be given"})
	case w.Reason == "":
		return Invalid(FieldError{"reason", "must be given"})
	}
	return nil
}

// Event is the audit line of a word.
func (w Word) Event(verb string) audit.Event {
	data := map[string]string{"fingerprint": w.Fingerprint, "reason": w.Reason}
	if w.With.ID != "" {
		data["with"] = string(w.With.Type) + ":" + w.With.ID
	}
	return audit.Event{Marketplace: string(w.Scope), Verb: verb, Actor: w.By, At: w.At, Data: data}
}

// Words keeps what people decided about destinations. Each call is one transaction
// with its event.
type Words interface {
	// Deny puts a destination on the denied list of a marketplace, or of all where the
	// scope is empty. What waits on it is held by Service.SpreadRings.
	Deny(ctx context.Context, w Word, e audit.Event) error
	// Allow takes it off; one that is not on it is CodeNotFound.
	Allow(ctx context.Context, w Word, e audit.Event) error
	// Free ends a ring, and disputes. What it held stays held until it is freed itself.
	Free(ctx context.Context, w Word, e audit.Event) error
	// Declare says whether these sellers share it knowingly.
	Declare(ctx context.Context, w Word, sellers []SellerKey, declared bool, e audit.Event) error
	// Denied lists the denied list, the newest first, before this time where one is given.
	Denied(ctx context.Context, before time.Time, limit int) ([]DeniedDestination, error)
}

// DeniedDestination is one line of the denied list.
type DeniedDestination struct {
	RingKey
	At time.Time
	By string
}

// Destinations is what people may say about destinations.
type Destinations struct{ Words Words }

// Deny holds what waits on a destination, and all that will name it. One person may.
func (d Destinations) Deny(ctx context.Context, w Word) error {
	if err := w.one(); err != nil {
		return err
	}
	return said("deny", d.Words.Deny(ctx, w, w.Event("destination_denied")))
}

// Allow takes a destination off the denied list. It takes two.
func (d Destinations) Allow(ctx context.Context, w Word) error {
	if err := w.two(); err != nil {
		return err
	}
	return said("allow", d.Words.Allow(ctx, w, w.Event("destination_allowed")))
}

// Free ends the ring of a destination, and what was disputed of it. It takes two, and frees no action: each is
// freed by itself, and starts again at its first proof.
func (d Destinations) Free(ctx context.Context, w Word) error {
	if err := w.two(); err != nil {
		return err
	}
	return said("free", d.Words.Free(ctx, w, w.Event("ring_freed")))
}

// Declare says that sellers share a destination knowingly: an accountant's clients,
// one owner's two shops. Among themselves they are no ring; a stranger to them still
// makes one with all of them. It takes two.
func (d Destinations) Declare(ctx context.Context, w Word, sellers []SellerKey) error {
	if err := w.two(); err != nil {
		return err
	}
	if len(sellers) == 0 || len(sellers) > MaxDeclared {
		return Invalid(FieldError{"sellers", "must be 1 to 100"})
	}
	return said("declare", d.Words.Declare(ctx, w, sellers, true, w.Event("destination_declared")))
}

// MaxDeclared is how many sellers one word may be about.
const MaxDeclared = 100

// Undeclare takes that back. One person may.
func (d Destinations) Undeclare(ctx context.Context, w Word, sellers []SellerKey) error {
	if err := w.one(); err != nil {
		return err
	}
	if len(sellers) == 0 || len(sellers) > MaxDeclared {
		return Invalid(FieldError{"sellers", "must be 1 to 100"})
	}
	return said("undeclare", d.Words.Declare(ctx, w, sellers, false, w.Event("destination_undeclared")))
}

func said(verb string, err error) error {
	if err != nil {
		return fmt.Errorf("%s a destination: %w", verb, err)
	}
	return nil
}
