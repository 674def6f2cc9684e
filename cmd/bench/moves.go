package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// lifecycle takes one action of a seller from its creation to its result, by
// the same moves as the gateway.
func (e *engine) lifecycle(ctx context.Context, seller string) error {
	a, err := e.approve(ctx, seller)
	for _, move := range []func(context.Context, approvals.Action) (approvals.Action, error){e.open, e.confirm, e.claim, e.result} {
		if err == nil {
			a, err = move(ctx, a)
		}
	}
	if err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	return nil
}

// approve creates an action, makes the step-up and lets the notice be accepted.
func (e *engine) approve(ctx context.Context, seller string) (approvals.Action, error) {
	a, mail, err := e.stepUp(ctx, seller)
	if err != nil {
		return a, err
	}
	return e.told(ctx, a, mail)
}

// told lets a mail server accept the one notice.
func (e *engine) told(ctx context.Context, a approvals.Action, mail string) (approvals.Action, error) {
	return e.parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return a.NoticeAccepted(a.Contacts[0].Email, approvals.MailDone{ID: mail, At: time.Now(), Answer: "250 2.0.0 ok"}, s)
	})
}

// stepUp creates an action and makes the step-up. It returns the notice's id.
func (e *engine) stepUp(ctx context.Context, seller string) (approvals.Action, string, error) {
	return e.stepUpOf(ctx, e.request(seller))
}

func (e *engine) stepUpOf(ctx context.Context, r approvals.Request) (approvals.Action, string, error) {
	a, err := e.service.Create(ctx, r)
	if err != nil {
		return a, "", err
	}
	note := &notes{}
	if a, err = e.service.StepUp(context.WithValue(ctx, notesKey{}, note), a.Key(), e.proof(a, approvals.StageStepUp)); err != nil {
		return a, "", err
	}
	if note.mail == "" {
		return a, "", errors.New("the step-up sent no notice")
	}
	return a, note.mail, nil
}

// open makes the move that the sweeper makes at the end of the wait.
func (e *engine) open(ctx context.Context, a approvals.Action) (approvals.Action, error) {
	return e.parts.Store.Update(ctx, a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		c, err := a.Due(s, time.Now())
		for i, l := range c.Links {
			c.Links[i].Hash = approvals.HashToken(e.keys.Links().Of(l))
		}
		return c, err
	})
}

func (e *engine) confirm(ctx context.Context, a approvals.Action) (approvals.Action, error) {
	link := approvals.HashToken(e.keys.Links().Token(approvals.ConfirmLink, a.ID, a.ConfirmSerial))
	return e.service.Confirm(ctx, a.Key(), link, e.proof(a, approvals.StageConfirmation))
}

func (e *engine) claim(ctx context.Context, a approvals.Action) (approvals.Action, error) {
	return e.service.Claim(ctx, a.Key(), a.Details, nil)
}

func (e *engine) result(ctx context.Context, a approvals.Action) (approvals.Action, error) {
	return e.service.Report(ctx, a.Key(), approvals.Result{Outcome: approvals.ResultExecuted, Reference: "payout-7"}, nil)
}

// notes hears which mail a step sends, so that a caller need not look for it.
type notes struct{ mail string }

type notesKey struct{}

// noted is an enqueuer that tells the caller's notes of what it enqueues.
type noted struct{ approvaldb.Enqueuer }

func (n noted) EnqueueSQLite(ctx context.Context, tx *sql.Tx, rows []approvals.Outgoing) error {
	note(ctx, rows)
	return n.Enqueuer.EnqueueSQLite(ctx, tx, rows)
}

func (n noted) EnqueuePostgres(ctx context.Context, tx pgx.Tx, rows []approvals.Outgoing) error {
	note(ctx, rows)
	return n.Enqueuer.EnqueuePostgres(ctx, tx, rows)
}

func note(ctx context.Context, rows []approvals.Outgoing) {
	notes, ok := ctx.Value(notesKey{}).(*notes)
	if !ok {
		return
	}
	for _, r := range rows {
		if r.Kind == approvals.OutgoingMail {
			notes.mail = r.ID // of the last run, should the transaction run again
		}
	}
}
