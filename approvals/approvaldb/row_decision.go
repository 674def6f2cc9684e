package approvaldb

import (
	"encoding/json"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/desk"
)

type decisionRow struct {
	ID            string `gorm:"primaryKey"`
	CaseNumber    int64
	Verb          string
	Marketplace   string
	Seller        string
	LockEpoch     int64
	Action        *string
	Generation    *int64
	Scope         *string
	Fingerprint   *string
	Sellers       string
	Reason        string
	Note          string
	Facts         string
	Proposer      string
	ProposedAt    Instant
	LapsesAt      Instant
	Decider       *string
	DecidedAt     Instant
	DeciderReason *string
	DeciderNote   *string
	State         string
}

func (decisionRow) TableName() string { return "decisions" }

// decisionMoves are the columns that an answer writes.
var decisionMoves = []string{"decider", "decided_at", "decider_reason", "decider_note", "state"}

func newDecisionRow(d desk.Decision) (decisionRow, error) {
	facts, err := d.Facts.Canonical()
	if err != nil {
		return decisionRow{}, err
	}
	sellers, err := json.Marshal(d.Sellers)
	if err != nil {
		return decisionRow{}, fmt.Errorf("encode decision %s: %w", d.ID, err)
	}
	if len(d.Sellers) == 0 {
		sellers = []byte("[]")
	}
	row := decisionRow{
		ID: d.ID, CaseNumber: d.Case, Verb: string(d.Verb), Marketplace: string(d.Seller.Marketplace), Seller: string(d.Seller.Seller),
		LockEpoch: int64(d.Facts.LockEpoch), Action: optional(string(d.Action)), Sellers: string(sellers), Reason: string(d.Reason), Note: d.Note,
		Facts: string(facts), Proposer: d.Proposer, ProposedAt: At(d.ProposedAt), LapsesAt: At(d.LapsesAt), DecidedAt: At(d.DecidedAt), State: string(d.State),
	}
	if fact, found := d.Facts.Action(d.Action); found {
		generation := int64(fact.Generation)
		row.Generation = &generation
	}
	if d.Ring.Fingerprint != "" {
		scope := string(d.Ring.Scope)
		row.Scope, row.Fingerprint = &scope, &d.Ring.Fingerprint
	}
	if d.Decider != "" && d.Verb.Two() && d.State != desk.DecisionLapsed && d.State != desk.DecisionVoid {
		reason := string(d.DeciderReason)
		row.Decider, row.DeciderReason, row.DeciderNote = &d.Decider, &reason, &d.DeciderNote
	}
	return row, nil
}

func (r decisionRow) decision() (desk.Decision, error) {
	d := desk.Decision{
		ID: r.ID, Case: r.CaseNumber, Verb: desk.CaseVerb(r.Verb),
		Seller: approvals.SellerKey{Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.Seller)},
		Action: approvals.ActionID(given(r.Action)), Reason: desk.Reason(r.Reason), Note: r.Note, Proposer: r.Proposer,
		ProposedAt: r.ProposedAt.Time(), LapsesAt: r.LapsesAt.Time(), Decider: given(r.Decider), DecidedAt: r.DecidedAt.Time(),
		DeciderReason: desk.Reason(given(r.DeciderReason)), DeciderNote: given(r.DeciderNote), State: desk.DecisionState(r.State),
	}
	if r.Fingerprint != nil {
		d.Ring = approvals.RingKey{Scope: approvals.MarketplaceID(given(r.Scope)), Fingerprint: *r.Fingerprint}
	}
	if d.LapsesAt.IsZero() {
		d.Decider = d.Proposer
	}
	if err := json.Unmarshal([]byte(r.Facts), &d.Facts); err != nil {
		return d, fmt.Errorf("read decision %s: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Sellers), &d.Sellers); err != nil {
		return d, fmt.Errorf("read decision %s: %w", r.ID, err)
	}
	if len(d.Sellers) == 0 {
		d.Sellers = nil
	}
	return d, nil
}

func decisions(rows []decisionRow) ([]desk.Decision, error) {
	var out []desk.Decision
	for _, r := range rows {
		d, err := r.decision()
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// answerDecision writes what became of a proposal that still waits.
func (tx *Tx) answerDecision(d desk.Decision) error {
	row, err := newDecisionRow(d)
	if err != nil {
		return err
	}
	return oneRow(tx.Model(&decisionRow{}).Where("id = ? AND state = 'proposed'", d.ID).Select(decisionMoves).Updates(row))
}
