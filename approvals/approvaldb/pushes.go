package approvaldb

import (
	"context"
	"fmt"
	"time"

	"countersign/approvals"
)

// pushRow is a request that the gateway itself sends upstream. All but its times
// never changes.
type pushRow struct {
	ID          string `gorm:"primaryKey"` // the action's
	Marketplace string
	Route       string
	Idempotent  bool
	Body        []byte  // sealed
	Created     Instant `gorm:"column:created_at"`
	NextAt      Instant
	WakeAt      Instant
	LeasedUntil Instant
}

func (pushRow) TableName() string { return "pushes" }

type attemptRow struct {
	Action     string `gorm:"primaryKey"`
	Number     int64  `gorm:"primaryKey;autoIncrement:false"`
	Idempotent bool
	BegunAt    Instant
	EndedAt    Instant
	Result     *string
	Status     int64
	Note       string
}

func (attemptRow) TableName() string { return "push_attempts" }

// PushBody implements approvals.PushBodies.
func (r *Reader) PushBody(ctx context.Context, id approvals.ActionID) (approvals.ActionKey, []byte, error) {
	if !wellFormed(string(id)) {
		return approvals.ActionKey{}, nil, notFound()
	}
	var row pushRow
	if err := r.db.Read(ctx).Select("id", "marketplace", "body").Where("id = ?", string(id)).Take(&row).Error; err != nil {
		return approvals.ActionKey{}, nil, fmt.Errorf("load the push of action %s: %w", id, Explain(err))
	}
	body, err := r.unseal(row.Body, "pushes", row.Marketplace, row.ID)
	return approvals.ActionKey{Marketplace: approvals.MarketplaceID(row.Marketplace), ID: id}, body, err
}

// addPush keeps the request of a new action.
func (k core) addPush(tx *Tx, c approvals.Change) error {
	if c.Push == nil {
		return nil
	}
	a := c.Action
	row := pushRow{
		ID: string(a.ID), Marketplace: string(a.Marketplace), Route: c.Push.Route, Idempotent: c.Push.Idempotent, Created: At(a.CreatedAt),
	}
	var err error
	if row.Body, err = k.seal(c.Push.Body, "pushes", row.Marketplace, row.ID); err != nil {
		return err
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("keep the push of action %s: %w", a.ID, err)
	}
	return nil
}

// endAttempt writes what came of the attempt that was open.
func (tx *Tx) endAttempt(old, a approvals.Action) error {
	n := len(old.Push.Attempts)
	if n == 0 || len(a.Push.Attempts) < n || !old.Push.Attempts[n-1].EndedAt.IsZero() || a.Push.Attempts[n-1].EndedAt.IsZero() {
		return nil
	}
	last := a.Push.Attempts[n-1]
	written := tx.Model(&attemptRow{}).Where("action = ? AND number = ? AND result IS NULL", string(a.ID), int64(n)).
		Select("ended_at", "result", "status", "note").
		Updates(attemptRow{EndedAt: At(last.EndedAt), Result: optional(string(last.Result)), Status: int64(last.Status), Note: last.Note})
	if err := oneRow(written); err != nil {
		return fmt.Errorf("end attempt %d of action %s: %w", n, a.ID, err)
	}
	return nil
}

// openAttempt writes the attempt that a change begins.
func (tx *Tx) openAttempt(old, a approvals.Action) error {
	n := len(a.Push.Attempts)
	if n == len(old.Push.Attempts) {
		return nil
	}
	begun := a.Push.Attempts[n-1]
	row := attemptRow{Action: string(a.ID), Number: int64(begun.Number), Idempotent: a.Push.Idempotent, BegunAt: At(begun.At)}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("begin attempt %d of action %s: %w", begun.Number, a.ID, err)
	}
	return nil
}

// schedulePush writes when the push is due, and makes the job of one that is.
// Nobody is woken while an attempt is open: its owner is at it, or its lease
// ends.
func (k core) schedulePush(tx *Tx, old, a approvals.Action) error {
	next, leased := a.Push.NextAt, a.Push.LeasedUntil
	if next.Equal(old.Push.NextAt) && leased.Equal(old.Push.LeasedUntil) {
		return nil
	}
	row := pushRow{NextAt: At(next), WakeAt: At(next), LeasedUntil: At(leased)}
	due := !next.IsZero() && leased.IsZero() && dueNow(next, a.MovedAt)
	switch {
	case due:
		row.WakeAt = At(a.MovedAt.Add(approvals.WakeAgain))
	case !leased.IsZero():
		row.WakeAt = At(leased)
	}
	written := tx.Model(&pushRow{}).Where("id = ?", string(a.ID)).Select("next_at", "wake_at", "leased_until").Updates(row)
	if err := oneRow(written); err != nil {
		return fmt.Errorf("schedule the push of action %s: %w", a.ID, err)
	}
	if !due {
		return nil
	}
	return tx.enqueue(k.enqueuer, []approvals.Outgoing{{Kind: approvals.OutgoingPush, ID: string(a.ID), Route: a.PushRoute()}})
}

// storedPush is p with its times as they are stored.
func storedPush(p approvals.Pushing) approvals.Pushing {
	stored := func(t *time.Time) { *t = At(*t).Time() }
	stored(&p.NextAt)
	stored(&p.LeasedUntil)
	var attempts []approvals.PushAttempt
	for _, t := range p.Attempts {
		stored(&t.At)
		stored(&t.EndedAt)
		attempts = append(attempts, t)
	}
	p.Attempts = attempts
	return p
}
