package approvals

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// SellerEvents reads the log of one seller.
type SellerEvents interface {
	// SellerEvents returns the events that concern a seller and no action, the
	// newest first.
	SellerEvents(ctx context.Context, q EventQuery) ([]audit.Event, error)
}

// EventQuery selects events of one seller.
type EventQuery struct {
	Seller SellerKey
	Verbs  []string // only these
	Before string   // only older than this event or action; empty: all
	Limit  int
}

// HistoryKept is how far back a seller's history goes, in months.
const HistoryKept = 13

// HistoryQuery selects a part of a seller's history.
type HistoryQuery struct {
	Seller SellerKey
	Kind   Kind     // only actions of this kind; empty: everything
	Verbs  []string // the events to be told; empty: none
	Events bool     // events alone
	Since  time.Time
	Before string // the ID of the last entry of the page before
	Limit  int    // 1 to 50
}

// HistoryEntry is one line of a seller's history: an action, or an event about
// the seller as a whole.
type HistoryEntry struct {
	ID     string
	At     time.Time
	Action *Action // nil for an event
	Event  audit.Event
}

// History returns a page of what a seller asked for and of what happened to
// the seller's security, the newest first, and whether there is more. IDs grow
// with time, so the page ends at the first entry before Since and no more is
// read than is shown.
func (s *Service) History(ctx context.Context, log SellerEvents, q HistoryQuery) (page []HistoryEntry, more bool, err error) {
	var actions []Action
	if !q.Events {
		actions, err = s.Reader.Actions(ctx, Query{
			Marketplace: q.Seller.Marketplace, Seller: q.Seller.Seller, Kind: q.Kind, Before: ActionID(q.Before), Limit: q.Limit + 1,
		})
		if err != nil {
			return nil, false, fmt.Errorf("read history: %w", err)
		}
	}
	var events []audit.Event
	if q.Kind == "" && len(q.Verbs) > 0 {
		events, err = log.SellerEvents(ctx, EventQuery{Seller: q.Seller, Verbs: q.Verbs, Before: q.Before, Limit: q.Limit + 1})
		if err != nil {
			return nil, false, fmt.Errorf("read history: %w", err)
		}
	}
	for _, e := range newestFirst(actions, events) {
		if e.At.Before(q.Since) {
			break
		}
		if len(page) == q.Limit {
			return page, true, nil
		}
		page = append(page, e)
	}
	return page, false, nil
}

// newestFirst merges two lists that are in that order each.
func newestFirst(actions []Action, events []audit.Event) []HistoryEntry {
	out := make([]HistoryEntry, 0, len(actions)+len(events))
	for len(actions)+len(events) > 0 {
		if len(events) == 0 || len(actions) > 0 && string(actions[0].ID) > events[0].ID {
			a := actions[0]
			out, actions = append(out, HistoryEntry{ID: string(a.ID), At: a.CreatedAt, Action: &a}), actions[1:]
			continue
		}
		e := events[0]
		out, events = append(out, HistoryEntry{ID: e.ID, At: e.At, Event: e}), events[1:]
	}
	return out
}
