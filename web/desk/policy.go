package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

const policyPath = Base + "/policy"

// versionsShown is how many versions the page lists.
const versionsShown = 50

func versionLink(number int) templates.Link {
	return templates.Link(policyPath + "/" + strconv.Itoa(number))
}

// policyShow is the policy in force, in sentences, and the versions there were.
func (s *Site) policyShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	standing, err := s.Policies.Advance(r.Context())
	if err != nil {
		return err
	}
	compiled, err := s.Policies.Compiled(r.Context(), standing.Effective.Number)
	if err != nil {
		return err
	}
	by, err := s.who(r.Context(), standing.Effective)
	if err != nil {
		return err
	}
	p := templates.DeskPolicy{DevFrame: s.frame(v), Policy: templates.PolicyOf(compiled), Facts: []templates.DevFact{
		{Name: "In force", Value: page.PolicyName(standing.Effective)}, {Name: "Since", Value: page.PolicySince(standing.Effective)},
		{Name: "Decided by", Value: by},
	}}
	if v.Person.Role == auth.Admin {
		p.New = policyPath + "/new"
	}
	if standing.Open != nil {
		p.Open = &templates.DeskPointer{Text: page.PolicyOpen(*standing.Open), URL: versionLink(standing.Open.Number)}
	}
	all, err := s.Policies.Store.Versions(r.Context(), versionsShown)
	if err != nil {
		return err
	}
	for _, old := range all {
		p.Versions = append(p.Versions, templates.DeskPointer{
			Name: page.PolicyName(old), URL: versionLink(old.Number), Text: string(old.State) + ", proposed " + approvals.FormatTime(old.ProposedAt),
		})
	}
	p.Versions = append(p.Versions, templates.DeskPointer{Name: page.PolicyName(desk.Version{}), Text: s.Policies.Default.Version()})
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// who says who decided on a version.
func (s *Site) who(ctx context.Context, v desk.Version) (string, error) {
	if v.Number == 0 {
		return "nobody: it comes with the program", nil
	}
	proposer, err := s.name(ctx, v.Proposer)
	if err != nil || v.Approver == "" {
		return proposer, err
	}
	approver, err := s.name(ctx, v.Approver)
	return proposer + ", and " + approver, err
}

// name is what a person is called. One that is not known any more is said to be so;
// a database that cannot be asked is no name.
func (s *Site) name(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "the operator, by command", nil
	}
	p, err := s.People.Person(ctx, auth.PersonID(id))
	if page.Is(err, approvals.CodeNotFound) {
		return "a person nobody knows any more", nil
	}
	if err != nil {
		return "", fmt.Errorf("read who decided: %w", err)
	}
	return p.Name, nil
}

// versionShow is one version: what it changes, what it would have done, and who
// decided. An admin who did not propose it can approve it there.
func (s *Site) versionShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > 1<<31 {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	if _, err := s.Policies.Advance(r.Context()); err != nil {
		return err
	}
	version, err := s.Policies.Store.Version(r.Context(), number)
	if err != nil {
		return err
	}
	p := templates.DeskPolicyVersion{DevFrame: s.frame(v), Number: number, Milder: version.Milder, Back: policyPath}
	if p.Facts, err = s.versionFacts(r.Context(), version); err != nil {
		return err
	}
	if version.Open() && v.Person.Role == auth.Admin {
		p.Reject = templates.Post(versionLink(number)) + "/reject"
		switch {
		case version.State == desk.Scheduled:
		case version.Proposer == string(v.Person.ID):
			p.Note = "You proposed this. Another admin must decide."
		default:
			p.Approve = templates.Post(versionLink(number)) + "/approve"
		}
	}
	if p.Replay, p.Diff, err = s.effect(r.Context(), version); err != nil {
		return err
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// versionFacts say what became of a version, and by whom.
func (s *Site) versionFacts(ctx context.Context, v desk.Version) ([]templates.DevFact, error) {
	facts := []templates.DevFact{{Name: "Version", Value: page.PolicyName(v)}, {Name: "State", Value: string(v.State)}}
	for _, did := range []struct {
		what, who string
		always    bool
	}{{"Proposed by", v.Proposer, true}, {"Approved by", v.Approver, false}, {"Rejected by", v.Rejecter, v.State == desk.Rejected}} {
		if did.who == "" && !did.always {
			continue
		}
		name, err := s.name(ctx, did.who)
		if err != nil {
			return nil, err
		}
		facts = append(facts, templates.DevFact{Name: did.what, Value: name})
	}
	facts = append(facts, templates.DevFact{Name: "Proposed", Value: approvals.FormatTime(v.ProposedAt)})
	if v.Approver != "" {
		facts = append(facts, templates.DevFact{Name: "In force from", Value: approvals.FormatTime(v.EffectiveAt)})
	}
	return facts, nil
}

// effect is what a version changes of the one it was compared with. What a version
// that is over would have done, nobody asks.
func (s *Site) effect(ctx context.Context, v desk.Version) (*templates.PolicyReplay, []string, error) {
	old, err := s.Policies.Compiled(ctx, v.Base)
	if err != nil {
		return nil, nil, err
	}
	diff := desk.Diff(old.Source(), v.Source)
	if v.Number != 0 && !v.Open() {
		return nil, diff, nil
	}
	next, err := s.Policies.Compile(v)
	if err != nil {
		return nil, nil, err
	}
	replay, err := page.Replayed(ctx, s.History, old, next, s.Now())
	return replay, diff, err
}
