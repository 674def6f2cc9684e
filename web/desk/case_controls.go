package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
)

// fillClaim says who works on the case, and how to.
func (s *Site) fillClaim(ctx context.Context, p *templates.DeskCase, v *visit, d desk.Dossier, known *names) error {
	c, at := d.Case, templates.Post(caseLink(d.Case.Number))
	mine := c.Owned(string(v.Person.ID), s.Now())
	switch {
	case !c.Open():
		p.Claim.Text = "Closed at " + approvals.FormatTime(c.ClosedAt) + ": " + templates.CaseVerbText(desk.CaseVerb(c.Outcome)) + "."
		return nil
	case mine:
		p.Claim.Text, p.Claim.Leave = "Claimed by you until "+ownedUntil(c)+".", at+"/leave"
	case c.Owned("", s.Now()):
		name, err := known.name(ctx, c.Owner)
		if err != nil {
			return err
		}
		p.Claim.Text, p.Claim.Over = "Claimed by "+name+" until "+ownedUntil(c)+".", true
	default:
		p.Claim.Text = "Claimed by nobody."
	}
	if !mine && decides(v.Person.Role) {
		p.Claim.Take = at + "/claim"
	}
	return nil
}

func ownedUntil(c desk.Case) string { return c.OwnedUntil.UTC().Format("15:04 UTC") }

// fillControls gives the reader the forms they may use; who decides in no case has
// none.
func (s *Site) fillControls(ctx context.Context, p *templates.DeskCase, v *visit, d desk.Dossier, known *names) error {
	at := templates.Post(caseLink(d.Case.Number))
	if !decides(v.Person.Role) {
		p.Reads = "You read here; agents and leads decide."
	} else {
		p.NoteForm = &templates.DeskNoteForm{Submit: at + "/notes"}
		if d.Case.Owned(string(v.Person.ID), s.Now()) {
			p.Reveal = &templates.DeskReveal{Submit: at + "/reveals", Fields: fields(d), Reasons: reasons()}
		}
		p.Decide = decide(d, at)
	}
	if d.Proposal == nil {
		return nil
	}
	by, err := known.name(ctx, d.Proposal.Proposer)
	if err != nil {
		return err
	}
	p.Proposal = &templates.DeskProposal{
		What: verbOn(d.Proposal.Verb, d.Proposal.Action, d), By: by, Reason: templates.ReasonText(d.Proposal.Reason), At: d.Proposal.ProposedAt, Until: d.Proposal.LapsesAt,
		Facts: templates.FactSentences(d.Proposal.Facts), Moved: desk.Differences(d.Proposal.Facts, d.Facts), Own: d.Proposal.Proposer == string(v.Person.ID),
	}
	if decides(v.Person.Role) && !p.Proposal.Own {
		p.Proposal.Answer = &templates.DeskAnswer{Submit: at + "/answer", Decision: d.Proposal.ID, Reasons: reasons()}
	}
	return nil
}

// decide is the form of what can be decided now: while a proposal waits, what one
// decides alone.
func decide(d desk.Dossier, at templates.Post) *templates.DeskDecide {
	form := &templates.DeskDecide{Submit: at + "/decide", Seen: seen(d.Facts), Beside: d.Proposal != nil, Reasons: reasons()}
	for _, verb := range d.May {
		if verb.OfSellers() || form.Beside && verb.Two() { // which sellers, is said on the page of the ring
			continue
		}
		if !verb.OfAction() {
			form.Choices = append(form.Choices, templates.DeskChoice{Value: string(verb), Text: templates.CaseVerbText(verb), Two: verb.Two()})
			continue
		}
		for _, a := range d.Actions {
			if verb.Fits(a) {
				form.Choices = append(form.Choices, templates.DeskChoice{
					Value: string(verb) + ":" + string(a.ID), Text: a.Reference + ": " + templates.CaseVerbText(verb), Two: verb.Two(),
				})
			}
		}
	}
	if len(form.Choices) == 0 {
		return nil
	}
	return form
}

func reasons() (out []templates.DevChoice) {
	for _, r := range desk.Reasons() {
		out = append(out, templates.DevChoice{Value: string(r), Text: templates.ReasonText(r)})
	}
	return out
}

// fields are what can be shown for a minute.
func fields(d desk.Dossier) []templates.DevChoice {
	var out []templates.DevChoice
	add := func(f desk.RevealField, a approvals.Action) {
		value := string(f)
		if a.ID != "" {
			value += ":" + string(a.ID)
		}
		out = append(out, templates.DevChoice{Value: value, Text: templates.RevealText(f, a.Reference)})
	}
	add(desk.RevealName, approvals.Action{})
	add(desk.RevealContact, approvals.Action{})
	for _, a := range d.Actions {
		if to, err := a.Destination(); err == nil && to != nil {
			add(desk.RevealAccount, a)
			if change, err := a.Change(); err == nil && change.From != nil {
				add(desk.RevealBefore, a)
			}
		}
		if a.Context.IP != "" {
			add(desk.RevealIP, a)
		}
	}
	return out
}

// inputs are what the rules looked at. No account is among them.
func inputs(d approvals.Decision) (out []templates.DevFact) {
	for _, name := range slices.Sorted(maps.Keys(d.Inputs)) {
		value, err := json.Marshal(d.Inputs[name])
		if err != nil {
			value = []byte(fmt.Sprint(d.Inputs[name]))
		}
		out = append(out, templates.DevFact{Name: name, Value: string(value)})
	}
	return out
}
