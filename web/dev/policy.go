package dev

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
	"countersign/templates"
	"countersign/web/page"
)

// policyShow is D5: what every request is decided by, and what is on its way. It is
// read here and changed at the desk.
func (s *Site) policyShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx := r.Context()
	standing, err := s.Policies.Advance(ctx)
	if err != nil {
		return err
	}
	now := standing.Effective
	compiled, err := s.Policies.Compiled(ctx, now.Number)
	if err != nil {
		return err
	}
	p := templates.DevPolicy{DevFrame: s.frame(v), Policy: templates.PolicyOf(compiled), Facts: []templates.DevFact{
		{Name: "In force", Value: page.PolicyName(now)}, {Name: "Since", Value: page.PolicySince(now)}, {Name: "Decided by", Value: decidedBy(now)},
	}}
	if now.Number > 0 {
		before, err := s.Policies.Compiled(ctx, now.Base)
		if err != nil {
			return err
		}
		p.Before, p.Diff = before.Version(), desk.Diff(before.Source(), compiled.Source())
	}
	if standing.Open != nil {
		if p.Open, err = s.policyOpen(ctx, v, compiled, standing.Open.Number); err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, p)
}

// decidedBy says how a version came into force; names are the desk's.
func decidedBy(v desk.Version) string {
	switch {
	case v.Number == 0:
		return "nobody: it comes with the program"
	case v.Approver != "":
		return "two admins"
	case v.Proposer != "":
		return "an admin: it only tightens"
	}
	return "the operator, by command: it only tightens"
}

// policyOpen is the version on its way, and what it would have done with this
// marketplace's own actions.
func (s *Site) policyOpen(ctx context.Context, v *visit, old *risk.Policy, number int) (*templates.DevPolicyOpen, error) {
	open, err := s.Policies.Store.Version(ctx, number)
	if err != nil {
		return nil, err
	}
	next, err := s.Policies.Compile(open)
	if err != nil {
		return nil, err
	}
	replay, err := page.Replayed(ctx, ownPast{s.Reader, v.market.ID}, old, next, s.Now())
	if err != nil {
		return nil, err
	}
	return &templates.DevPolicyOpen{Text: page.PolicyOpen(open), Milder: open.Milder, Replay: replay, Diff: desk.Diff(old.Source(), open.Source)}, nil
}

// ownPast is what was decided on one marketplace's actions.
type ownPast struct {
	reader approvals.Reader
	market approvals.MarketplaceID
}

// readerPage is how many actions a reader returns at most.
const readerPage = 100

// Past implements desk.History, in as many pages as it takes.
func (o ownPast) Past(ctx context.Context, before approvals.ActionID, limit int) ([]desk.Past, error) {
	var out []desk.Past
	for len(out) < limit {
		found, err := o.reader.Actions(ctx, approvals.Query{Marketplace: o.market, Before: before, Limit: min(readerPage, limit-len(out))})
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			before = a.ID
			out = append(out, desk.Past{ID: a.ID, Reference: a.Reference, Kind: a.Kind, Decision: a.Decision, CreatedAt: a.CreatedAt})
		}
		if len(found) < readerPage {
			break
		}
	}
	return out, nil
}
