package dev

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/templates"
)

const (
	actionsPath = Base + "/actions"
	actionsPage = 25
)

// actionList is D7: the marketplace's actions, the newest first.
func (s *Site) actionList(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	query := approvals.Query{
		Marketplace: v.market.ID, Seller: approvals.SellerID(q.Get("seller")), State: approvals.State(q.Get("state")), Kind: approvals.Kind(q.Get("kind")),
		Before: approvals.ActionID(q.Get("before")), Limit: actionsPage + 1,
	}
	p := templates.DevActions{DevFrame: s.frame(v), Seller: q.Get("seller")}
	known := true
	p.States, known = choices("Any state", approvals.States, query.State, known)
	kinds, err := s.kinds(r.Context(), query.Kind)
	if err != nil {
		return err
	}
	p.Kinds, known = choices("Any kind", kinds, query.Kind, known)
	known = known && (query.Seller == "" || approvals.CheckSellerID(string(query.Seller)) == "")
	var found []approvals.Action
	if known && query.Before != "" { // only what a page of this marketplace gave out
		if _, err := s.Reader.Action(r.Context(), approvals.ActionKey{Marketplace: v.market.ID, ID: query.Before}); err != nil {
			return err
		}
	}
	if known {
		if found, err = s.Reader.Actions(r.Context(), query); err != nil {
			return err
		}
	}
	if len(found) > actionsPage {
		found = found[:actionsPage]
		q.Set("before", string(found[actionsPage-1].ID))
		p.Next = templates.Link(actionsPath + "?" + q.Encode())
	}
	for _, a := range found {
		p.Actions = append(p.Actions, templates.DevAction{
			Reference: a.Reference, Kind: string(a.Kind), State: string(a.State), Seller: string(a.Seller), CreatedAt: a.CreatedAt,
			URL: templates.Link(actionsPath + "/" + string(a.ID)),
		})
	}
	return s.show(w, http.StatusOK, p)
}

// kinds are those that the policy in force speaks of, and the one asked for where it
// was defined once.
func (s *Site) kinds(ctx context.Context, asked approvals.Kind) ([]approvals.Kind, error) {
	standing, err := s.Policies.Advance(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := s.Policies.Compiled(ctx, standing.Effective.Number)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(approvals.Kinds)
	for _, k := range append(policy.Kinds(), asked) {
		if k.Defined() && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all, nil
}

// choices are the values of a filter, and whether the one asked for is among
// them.
func choices[T ~string](all string, values []T, chosen T, known bool) ([]templates.DevChoice, bool) {
	out := []templates.DevChoice{{Text: all, Chosen: chosen == ""}}
	found := chosen == ""
	for _, value := range values {
		out = append(out, templates.DevChoice{Value: string(value), Text: string(value), Chosen: value == chosen})
		found = found || value == chosen
	}
	return out, known && found
}

// actionShow is one action from end to end: where it stands, what happened, the
// mails and the webhooks. It shows no details: an account is in the answers of
// the API, for the marketplace's own key.
func (s *Site) actionShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	key := approvals.ActionKey{Marketplace: v.market.ID, ID: approvals.ActionID(r.PathValue("id"))}
	record, err := s.Records.Record(r.Context(), key)
	if err != nil {
		return err
	}
	a := record.Action
	p := templates.DevActionShow{
		DevFrame: s.frame(v), Reference: a.Reference, Facts: factsOf(a),
		Clock:   s.clockFor(a),
		Sellers: templates.Link(actionsPath + "?" + url.Values{"seller": {string(a.Seller)}}.Encode()),
	}
	for _, e := range record.Events {
		m := templates.DevMoment{At: e.At, What: e.Verb, Who: string(e.Actor.Type), State: e.To, Refused: e.Data["refused"]}
		p.Timeline = append(p.Timeline, m)
	}
	for _, m := range record.Mails {
		p.Mails = append(p.Mails, templates.DevMail{
			Kind: string(m.Kind), To: templates.MaskEmail(m.To), State: string(m.State), Attempts: m.Attempts, MadeAt: m.CreatedAt, SettledAt: m.SettledAt,
			Answer: strings.ReplaceAll(m.Answer, m.To, templates.MaskEmail(m.To)),
		})
	}
	if p.Webhooks, err = s.webhooksOf(r, a); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

func (s *Site) webhooksOf(r *http.Request, a approvals.Action) ([]templates.DevWebhook, error) {
	sent, err := s.Webhooks.Deliveries.Deliveries(r.Context(), approvals.DeliveryQuery{Marketplace: a.Marketplace, Limit: 100})
	if err != nil {
		return nil, err
	}
	var out []templates.DevWebhook
	for _, d := range sent {
		if d.Event.Action != a.ID {
			continue
		}
		out = append(out, webhookRow(d))
	}
	return out, nil
}

// kindNamed is the kind, and what the marketplace calls one of its own.
func kindNamed(a approvals.Action) string {
	if a.Decision.Definition == nil {
		return string(a.Kind)
	}
	return string(a.Kind) + ", " + templates.ActionText(a)
}

// factsOf is what the API says of an action, without its details.
func factsOf(a approvals.Action) []templates.DevFact {
	facts := []templates.DevFact{
		{Name: "id", Value: string(a.ID)}, {Name: "kind", Value: kindNamed(a)}, {Name: "state", Value: string(a.State)},
		{Name: "seller", Value: string(a.Seller)}, {Name: "digest", Value: a.Digest.String()},
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{
		{"created_at", a.CreatedAt}, {"not_before", a.NotBefore}, {"confirm_by", a.ConfirmBy}, {"claim_by", a.ClaimBy},
	} {
		if !t.at.IsZero() {
			facts = append(facts, templates.DevFact{Name: t.name, Value: approvals.FormatTime(t.at)})
		}
	}
	if a.State == approvals.Held {
		facts = append(facts, templates.DevFact{Name: "hold", Value: string(a.Hold)})
	}
	if a.Cancel != "" {
		facts = append(facts, templates.DevFact{Name: "cancel_reason", Value: string(a.Cancel)})
	}
	var rules []string
	for _, rule := range a.Decision.Rules {
		rules = append(rules, rule.ID)
	}
	return append(facts,
		templates.DevFact{Name: "policy", Value: strings.TrimSpace(a.Decision.Version + " " + string(a.Decision.Class) + " " + strings.Join(rules, " "))},
		templates.DevFact{Name: "return_url", Value: a.ReturnURL})
}
