package approvaldb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// Policies implements desk.Store.
type Policies struct{ core }

var _ desk.Store = (*Policies)(nil)

type policyRow struct {
	Number      int64 `gorm:"primaryKey;autoIncrement:false"`
	Name        string
	Hash        []byte
	Source      string
	Base        int64
	Milder      string
	State       string
	Proposer    *string
	ProposedAt  Instant
	LapsesAt    Instant
	Approver    *string
	ApprovedAt  Instant
	EffectiveAt Instant
	Since       Instant
	Rejecter    *string
	EndedAt     Instant
}

func (policyRow) TableName() string { return "policies" }

// policyLine are the columns of a list.
var policyLine = []string{
	"number", "name", "hash", "base", "milder", "state", "proposer", "proposed_at", "lapses_at", "approver", "approved_at", "effective_at", "since",
	"rejecter", "ended_at",
}

// policyMoves are the columns that a step may write.
var policyMoves = []string{"state", "approver", "approved_at", "effective_at", "since", "rejecter", "ended_at"}

func (r policyRow) version() (desk.Version, error) {
	v := desk.Version{
		Number: int(r.Number), Name: r.Name, Source: []byte(r.Source), Base: int(r.Base), State: desk.State(r.State),
		Proposer: given(r.Proposer), ProposedAt: r.ProposedAt.Time(), LapsesAt: r.LapsesAt.Time(), Approver: given(r.Approver),
		ApprovedAt: r.ApprovedAt.Time(), EffectiveAt: r.EffectiveAt.Time(), Since: r.Since.Time(), Rejecter: given(r.Rejecter), EndedAt: r.EndedAt.Time(),
	}
	copy(v.Hash[:], r.Hash)
	var err error
	v.Milder, err = unlist(r.Milder)
	return v, err
}

func newPolicyRow(v desk.Version) (policyRow, error) {
	milder, err := list(v.Milder)
	return policyRow{
		Number: int64(v.Number), Name: v.Name, Hash: v.Hash[:], Source: string(v.Source), Base: int64(v.Base), Milder: milder, State: string(v.State),
		Proposer: optional(v.Proposer), ProposedAt: At(v.ProposedAt), LapsesAt: At(v.LapsesAt), Approver: optional(v.Approver),
		ApprovedAt: At(v.ApprovedAt), EffectiveAt: At(v.EffectiveAt), Since: At(v.Since), Rejecter: optional(v.Rejecter), EndedAt: At(v.EndedAt),
	}, err
}

func readStanding(db *gorm.DB) (desk.Standing, error) {
	var s desk.Standing
	var rows []policyRow
	if err := db.Select(policyLine).Where("state IN ('proposed', 'scheduled', 'effective')").Order("number").Find(&rows).Error; err != nil {
		return s, err
	}
	for _, r := range rows {
		v, err := r.version()
		if err != nil {
			return s, err
		}
		if v.State == desk.Effective {
			s.Effective = v
		} else {
			s.Open = &v
		}
	}
	var last []int64
	err := db.Model(&policyRow{}).Order("number DESC").Limit(1).Pluck("number", &last).Error
	for _, n := range last {
		s.Last = int(n)
	}
	return s, err
}

// Standing implements desk.Store.
func (p *Policies) Standing(ctx context.Context) (s desk.Standing, err error) {
	err = p.db.snapshot(ctx, func(db *gorm.DB) error {
		s, err = readStanding(db)
		return err
	})
	return s, Explain(err)
}

// Version implements desk.Store.
func (p *Policies) Version(ctx context.Context, number int) (desk.Version, error) {
	var row policyRow
	if err := p.db.Read(ctx).Where("number = ?", number).Take(&row).Error; err != nil {
		return desk.Version{}, Explain(err)
	}
	return row.version()
}

// Versions implements desk.Store.
func (p *Policies) Versions(ctx context.Context, limit int) ([]desk.Version, error) {
	return p.lines(p.db.Read(ctx).Limit(limit))
}

// Ruled implements desk.Store.
func (p *Policies) Ruled(ctx context.Context, limit int) ([]desk.Version, error) {
	return p.lines(p.db.Read(ctx).Where("since IS NOT NULL").Limit(limit))
}

// lines are versions without their sources, the newest first.
func (p *Policies) lines(some *gorm.DB) ([]desk.Version, error) {
	var rows []policyRow
	if err := some.Select(policyLine).Order("number DESC").Find(&rows).Error; err != nil {
		return nil, Explain(err)
	}
	out := make([]desk.Version, 0, len(rows))
	for _, r := range rows {
		v, err := r.version()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// UpdatePolicy implements desk.Store. Steps take turns at the gateway's row.
func (p *Policies) UpdatePolicy(ctx context.Context, step func(desk.Standing) (desk.Change, error)) error {
	return p.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.Lock().Where(theRow).Take(&gatewayRow{}).Error; err != nil {
			return err
		}
		s, err := readStanding(tx.DB)
		if err != nil {
			return err
		}
		c, err := step(s)
		if err != nil {
			return err
		}
		for _, v := range c.Versions {
			if err := savePolicy(tx, v, v.Number > s.Last); err != nil {
				return fmt.Errorf("save policy %d: %w", v.Number, err)
			}
		}
		for _, e := range c.Events {
			e.ID = p.newID()
			if err := tx.Record(e); err != nil {
				return err
			}
		}
		return p.tellAll(tx, c.Told)
	})
}

func savePolicy(tx *Tx, v desk.Version, fresh bool) error {
	row, err := newPolicyRow(v)
	if err != nil {
		return err
	}
	if fresh {
		return tx.Create(&row).Error
	}
	return tx.Model(&policyRow{}).Where("number = ?", row.Number).Select(policyMoves).Updates(row).Error
}

// tellAll announces what became of the policy to every marketplace.
func (p *Policies) tellAll(tx *Tx, told []desk.Told) error {
	if len(told) == 0 {
		return nil
	}
	var all []string
	if err := tx.Model(&marketplaceRow{}).Order("id").Pluck("id", &all).Error; err != nil {
		return err
	}
	for _, id := range all {
		m := approvals.MarketplaceID(id)
		endpoints, err := tx.endpoints(m)
		if err != nil {
			return err
		}
		for _, t := range told {
			o := outgoing{seller: approvals.SellerKey{Marketplace: m}, at: t.At, webhooks: []string{t.Type}, endpoints: endpoints, policy: &t.Version}
			if err := p.dispatch(tx, o); err != nil {
				return err
			}
		}
	}
	return nil
}
