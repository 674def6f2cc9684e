package desk

import (
	"context"
	"fmt"
	"iter"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Limits of what is read of the audit log at once.
const (
	AuditPage   = 50     // events of one page
	AuditLook   = 5_000  // events looked at for one page, whatever of them is asked for
	AuditExport = 20_000 // events of one export
	AuditCheck  = 500    // events whose actions are checked
)

// AuditQuery says which events to list, the newest first. Empty fields do not matter.
type AuditQuery struct {
	Actor    string // a type, "agent", or one of them, "agent:0190…"
	Verb     string
	Seller   string
	Action   approvals.ActionID
	From, To time.Time // From is in it, To is not
	Before   string    // the id of an event, from AuditEvents.Next
	Limit    int       // 1 to AuditPage
}

// Matches reports whether an event is asked for.
func (q AuditQuery) Matches(e audit.Event) bool {
	one := string(e.Actor.Type)
	return (q.Actor == "" || q.Actor == one || q.Actor == one+":"+e.Actor.ID) && (q.Verb == "" || q.Verb == e.Verb) &&
		(q.Seller == "" || q.Seller == e.Seller) && (q.Action == "" || string(q.Action) == e.Action) &&
		!e.At.Before(q.From) && (q.To.IsZero() || e.At.Before(q.To))
}

// skew is by how much the clocks of two nodes may differ at most: events stand in the
// order in which nodes began them.
const skew = time.Hour

// Over reports that no event before this one can be asked for.
func (q AuditQuery) Over(e audit.Event) bool {
	return !q.From.IsZero() && e.At.Before(q.From.Add(-skew))
}

// AuditEvents is a page of the log. Next is where the next one begins, empty where
// there is nothing before; a page can be empty although there is more.
type AuditEvents struct {
	Events []audit.Event
	Next   string
}

// Checked is the result of a check of the log.
type Checked struct {
	At       time.Time
	Events   int // the newest, looked at
	Actions  int // that they are about
	Moves    int // all of these actions
	Faults   []audit.Fault
	Earliest time.Time // of Events
}

// AuditLog reads the audit log for people.
type AuditLog interface {
	// Events lists events. One call looks at AuditLook of them at most.
	Events(ctx context.Context, q AuditQuery) (AuditEvents, error)
	// Check checks the actions that the newest AuditCheck events are about, by
	// audit.Chain, as of one moment.
	Check(ctx context.Context, now time.Time) (Checked, error)
	// Note writes one event that is about the log itself.
	Note(ctx context.Context, e audit.Event) error
}

// Export notes that somebody takes events out, and then yields them, the newest first,
// AuditExport of them at most. What it yields last is an error where some are missing.
func Export(ctx context.Context, log AuditLog, q AuditQuery, by audit.Actor, now time.Time) (iter.Seq2[audit.Event, error], error) {
	data := map[string]string{}
	for name, value := range map[string]string{
		"of_actor": q.Actor, "of_verb": q.Verb, "of_seller": q.Seller, "of_action": string(q.Action), "from": timeOf(q.From), "to": timeOf(q.To),
	} {
		if value != "" {
			data[name] = value
		}
	}
	if err := log.Note(ctx, audit.Event{Verb: "audit_exported", Actor: by, At: now, Data: data}); err != nil {
		return nil, fmt.Errorf("note an export: %w", err)
	}
	q.Limit = AuditPage
	return func(yield func(audit.Event, error) bool) {
		for n := 0; n < AuditExport; {
			page, err := log.Events(ctx, q)
			if err != nil {
				yield(audit.Event{}, err)
				return
			}
			for _, e := range page.Events {
				if n++; !yield(e, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.Before = page.Next
		}
		yield(audit.Event{}, approvals.Invalid(approvals.FieldError{Field: "from", Message: "there are more than one export holds: ask for less"}))
	}, nil
}

func timeOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return approvals.FormatTime(t)
}
