package approvaldb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// create saves the change that makes a new action.
func (k core) create(tx *Tx, c approvals.Change, endpoints []listener) (approvals.Action, error) {
	row, err := k.newRow(c.Action)
	if err != nil {
		return approvals.Action{}, err
	}
	if err := tx.Create(&row).Error; err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.addNotices(c.Action); err != nil {
		return approvals.Action{}, err
	}
	return k.attend(tx, c, endpoints)
}

// save saves a change of the action in f, if it is one, whole or not at all.
// What the schema's rules look at is written before the action: proofs and
// notices. What they compare with the action comes after it: claim and event.
func (k core) save(tx *Tx, f family, c approvals.Change) (approvals.Action, error) {
	if !c.Changed(f.action) {
		return f.action, nil
	}
	if err := k.settleDone(tx, c); err != nil {
		return approvals.Action{}, err
	}
	if err := tx.addProof(c.Proof); err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.changeNotices(f.action, c.Action); err != nil {
		return approvals.Action{}, err
	}
	row, err := moveRow(c.Action)
	if err != nil {
		return approvals.Action{}, err
	}
	written := tx.Model(&actionRow{}).
		Where("marketplace = ? AND id = ? AND version = ?", string(f.action.Marketplace), string(f.action.ID), f.action.Version).
		Select(actionMoves).Updates(row)
	if err := oneRow(written); err != nil {
		return approvals.Action{}, conflict(err)
	}
	if err := tx.addClaim(c); err != nil {
		return approvals.Action{}, err
	}
	return k.attend(tx, c, f.endpoints)
}

// attend saves all that a change brings with it besides the action's own row:
// the event, links, a case, what leaves the building and the answer.
func (k core) attend(tx *Tx, c approvals.Change, endpoints []listener) (approvals.Action, error) {
	c.Action = stored(c.Action)
	if c.Event.ID == "" {
		c.Event.ID = k.newID()
	}
	for _, save := range []func() error{
		func() error { return tx.Record(c.Event) },
		func() error { return tx.changeLinks(c) },
		func() error { return k.openCase(tx, &c) },
		func() error { return k.dispatch(tx, ofAction(c, endpoints)) },
		func() error { return k.addSightings(tx, c) },
		func() error { return k.addAnswer(tx, c.Answer) },
	} {
		if err := save(); err != nil {
			return approvals.Action{}, err
		}
	}
	return c.Action, nil
}

// conflict names what a unique key refused.
func conflict(err error) error {
	switch {
	case !errors.Is(err, gorm.ErrDuplicatedKey):
		return err
	case Duplicate(err, "actions_one_open", "actions.marketplace", "actions.seller", "actions.kind"):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeOpen), err)
	case Duplicate(err, "proofs_spent", "proofs.spent"),
		Duplicate(err, "proofs_pkey", "proofs.id"),
		Duplicate(err, "proofs_once", "proofs.action", "proofs.generation", "proofs.stage"):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeProofSpent), err)
	case Duplicate(err, "answers_pkey", "answers.marketplace", "answers.key"):
		return fmt.Errorf("%w: %w", approvals.ErrDuplicateAnswer, err)
	}
	return err
}

type proofRow struct {
	ID            string `gorm:"primaryKey"`
	Action        string
	Generation    int64
	Stage         string
	Method        string
	Authenticator string
	Digest        []byte
	UV            bool `gorm:"column:uv"`
	Spent         string
	Evidence      []byte
	ProvedAt      Instant
}

func (proofRow) TableName() string { return "proofs" }

func (tx *Tx) addProof(p *approvals.Proof) error {
	if p == nil {
		return nil
	}
	evidence := p.Evidence
	if evidence == nil {
		evidence = []byte{}
	}
	return tx.Create(&proofRow{
		ID: p.ID, Action: string(p.Action), Generation: int64(p.Generation), Stage: string(p.Stage), Method: string(p.Method),
		Authenticator: p.Authenticator, Digest: bytes.Clone(p.Digest[:]), UV: p.UV, Spent: p.Spent, Evidence: evidence, ProvedAt: At(p.At),
	}).Error
}

type noticeRow struct {
	Action     string `gorm:"primaryKey"`
	Email      string `gorm:"primaryKey"`
	Position   int64
	AcceptedAt Instant
	RefusedAt  Instant
}

func (noticeRow) TableName() string { return "notices" }

func (tx *Tx) addNotices(a approvals.Action) error {
	var rows []noticeRow
	for i, n := range a.Contacts {
		rows = append(rows, noticeRow{string(a.ID), n.Email, int64(i), At(n.AcceptedAt), At(n.RefusedAt)})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows).Error
}

// changeNotices writes the notices that differ.
func (tx *Tx) changeNotices(old, a approvals.Action) error {
	was := map[string]approvals.Notice{}
	for _, n := range old.Contacts {
		was[n.Email] = n
	}
	for _, n := range a.Contacts {
		if w := was[n.Email]; w.AcceptedAt.Equal(n.AcceptedAt) && w.RefusedAt.Equal(n.RefusedAt) {
			continue
		}
		written := tx.Model(&noticeRow{}).Where("action = ? AND email = ?", string(a.ID), n.Email).
			Select("accepted_at", "refused_at").Updates(noticeRow{AcceptedAt: At(n.AcceptedAt), RefusedAt: At(n.RefusedAt)})
		if err := oneRow(written); err != nil {
			return fmt.Errorf("save a notice of action %s: %w", a.ID, err)
		}
	}
	return nil
}

type claimRow struct {
	Action    string `gorm:"primaryKey"`
	Number    int64  `gorm:"primaryKey;autoIncrement:false"`
	Digest    []byte
	ClaimedAt Instant
}

func (claimRow) TableName() string { return "claims" }

func (tx *Tx) addClaim(c approvals.Change) error {
	if c.Claim == nil {
		return nil
	}
	return tx.Create(&claimRow{string(c.Action.ID), int64(c.Claim.Number), bytes.Clone(c.Claim.Digest[:]), At(c.Claim.At)}).Error
}

type sightingRow struct {
	ID          string `gorm:"primaryKey"`
	Fingerprint string
	Marketplace string
	Seller      string
	Action      *string
	SeenAt      Instant
}

func (sightingRow) TableName() string { return "sightings" }

func (k core) addSightings(tx *Tx, c approvals.Change) error {
	a := c.Action
	for _, f := range c.Sightings {
		if err := k.addSighting(tx, sightingRow{"", f, string(a.Marketplace), string(a.Seller), optional(string(a.ID)), At(c.Event.At)}); err != nil {
			return err
		}
	}
	return nil
}

func (k core) addSighting(tx *Tx, row sightingRow) error {
	row.ID = k.newID()
	return tx.Create(&row).Error
}

func list(s []string) (string, error) {
	if s == nil {
		s = []string{}
	}
	raw, err := json.Marshal(s)
	return string(raw), err
}

func unlist(raw string) ([]string, error) {
	var s []string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	if len(s) == 0 {
		return nil, nil
	}
	return s, nil
}

// dueNow reports whether an outgoing row is to be worked on at once.
func dueNow(due, now time.Time) bool { return !due.After(now) }
