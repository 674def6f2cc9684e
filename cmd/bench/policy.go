package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// noWaits is a policy that lets nobody wait for money and holds nothing, so that a
// lifecycle takes as long as the work in it.
const noWaits = `name: bench
version: 1
rules:
  - id: NOTHING
    when: "true"
    class: low
    text: {en: "Nothing waits here.", it: "Qui niente attende."}
kinds:
`

// hurry puts it in force, past the two admins and the day that this takes anywhere
// else: a bench has the database to itself.
func hurry(ctx context.Context, database string) (err error) {
	db, err := approvaldb.Open(ctx, database, approvaldb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	source := noWaits
	for _, row := range risk.Default().Table() {
		if row.When == "" {
			source += fmt.Sprintf("  %s: {low: {hours: 0}, medium: {hours: 0}, high: {hours: 0}, critical: {hours: 0}}\n", row.Kind)
		}
	}
	p := &desk.Policies{Store: approvaldb.New(db, approvaldb.Config{NewID: newID}).Policies, Default: risk.Default(), Now: time.Now}
	draft, err := p.Draft(ctx, []byte(source))
	if err != nil {
		return err
	}
	draft.Milder = nil
	return p.Apply(ctx, draft, audit.Actor{Type: audit.Operator, ID: "bench"})
}
