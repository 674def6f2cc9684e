package approvaldb

import (
	"encoding/json"
	"errors"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/audit"
)

type eventRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace *string
	Seller      *string
	Action      *string
	Version     *int64
	Generation  int64
	Verb        string
	FromState   *string
	ToState     *string
	ActorType   string
	ActorID     *string
	OccurredAt  Instant
	Data        *string
}

func (eventRow) TableName() string { return "events" }

// Record writes one line of the audit log. The id, a UUIDv7, must be set. A
// move's event comes after the move's update; the database refuses it
// otherwise, and refuses to commit a move without it. What the transaction's
// context knows of the request goes with it (approvals.Trail).
func (tx *Tx) Record(e audit.Event) error {
	row, err := newEventRow(approvals.TrailOf(tx.Statement.Context).Mark(e))
	if err != nil {
		return err
	}
	if err := add(tx, row); err != nil {
		return fmt.Errorf("record %s: %w", e.Verb, err)
	}
	if tx.witness == "" {
		tx.witness = e.ID
	}
	return nil
}

func newEventRow(e audit.Event) (eventRow, error) {
	if e.ID == "" {
		return eventRow{}, errors.New("record " + e.Verb + ": the event has no id")
	}
	row := eventRow{
		ID: e.ID, Marketplace: optional(e.Marketplace), Seller: optional(e.Seller), Action: optional(e.Action),
		Generation: int64(e.Generation), Verb: e.Verb, FromState: optional(e.From), ToState: optional(e.To),
		ActorType: string(e.Actor.Type), ActorID: optional(e.Actor.ID), OccurredAt: At(e.At),
	}
	if e.Version > 0 {
		v := int64(e.Version)
		row.Version = &v
	}
	if len(e.Data) > 0 {
		raw, err := json.Marshal(e.Data)
		if err != nil {
			return row, fmt.Errorf("record %s: %w", e.Verb, err)
		}
		row.Data = optional(string(raw))
	}
	return row, nil
}

func (r eventRow) event() (audit.Event, error) {
	e := audit.Event{
		ID: r.ID, Marketplace: given(r.Marketplace), Seller: given(r.Seller), Action: given(r.Action),
		Generation: int(r.Generation), Verb: r.Verb, From: given(r.FromState), To: given(r.ToState),
		Actor: audit.Actor{Type: audit.ActorType(r.ActorType), ID: given(r.ActorID)}, At: r.OccurredAt.Time(),
	}
	if r.Version != nil {
		e.Version = int(*r.Version)
	}
	if r.Data != nil {
		if err := json.Unmarshal([]byte(*r.Data), &e.Data); err != nil {
			return e, fmt.Errorf("read event %s: %w", r.ID, err)
		}
	}
	return e, nil
}
