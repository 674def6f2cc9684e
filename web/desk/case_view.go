package desk

import (
	"context"
	"regexp"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/templates"
)

// momentsShown is how many lines of a timeline one page has.
const momentsShown = 60

// view is a case as this reader sees it: everything masked, and a control for what
// they may do.
func (s *Site) view(ctx context.Context, v *visit, d desk.Dossier) (templates.DeskCase, error) {
	c, known := d.Case, s.names()
	p := templates.DeskCase{DevFrame: s.frame(v), Name: c.Name(), Zone: sellerZone(d.Seller), Queue: casesPath, Tags: tags(d)}
	p.About = []templates.DeskFact{
		{Name: "Seller", Value: templates.MaskName(d.Seller.Name) + " (" + string(c.Seller.Seller) + ")"}, {Name: "Marketplace", Value: string(c.Seller.Marketplace)},
		{Name: "Why", Value: templates.CaseReasonText(c.Reason)},
	}
	if c.Open() {
		p.About = append(p.About, templates.DeskFact{Name: "Decide by", At: c.DecideBy})
	}
	p.About = append(p.About, templates.DeskFact{Name: "Opened", At: c.OpenedAt})
	for _, one := range d.Others {
		p.Others = append(p.Others, templates.DeskPointer{Name: one.Name(), Text: templates.CaseReasonText(one.Reason), URL: caseLink(one.Number)})
	}
	for _, fill := range []func() error{
		func() error { return fillActions(&p, d) },
		func() error { return fillTimeline(ctx, &p, d, known) },
		func() error { return fillNotes(ctx, &p, d, known) },
		func() error { return s.fillClaim(ctx, &p, v, d, known) },
		func() error { return s.fillControls(ctx, &p, v, d, known) },
	} {
		if err := fill(); err != nil {
			return p, err
		}
	}
	fillMails(&p, d)
	return p, nil
}

func sellerZone(seller approvals.Seller) *time.Location {
	zone, err := time.LoadLocation(seller.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

func tags(d desk.Dossier) []string {
	tags := []string{"open"}
	if !d.Case.Open() {
		tags = []string{"closed"}
	}
	if d.Seller.Locked {
		tags = append(tags, "locked")
	}
	if d.Facts.Recovery != "" {
		tags = append(tags, "recovery running")
	}
	return tags
}

func fillActions(p *templates.DeskCase, d desk.Dossier) error {
	for _, a := range d.Actions {
		facts, err := templates.FactsOf(a, d.Seller)
		if err != nil {
			return err
		}
		view := templates.DeskAction{
			Reference: a.Reference, Kind: templates.ActionText(a), State: templates.ActionStateText(a.State, a.Hold), Class: string(a.Decision.Class),
			Opened: a.ID == d.Case.Action, AskedAt: a.CreatedAt, To: masked(a, facts.To), Loan: facts.Loan, Fields: facts.Defined.DeskFields(), Asked: asked(facts.Asked), Inputs: inputs(a.Decision),
		}
		if facts.From != nil {
			from := masked(a, *facts.From)
			view.From = &from
		}
		for _, rule := range a.Decision.Rules {
			view.Signals = append(view.Signals, templates.DeskSignal{Rule: rule.ID, Text: rule.Text["en"]})
		}
		p.Actions = append(p.Actions, view)
	}
	return nil
}

// masked hides whose account or address it is.
func masked(a approvals.Action, account templates.Account) templates.Account {
	account.Holder, account.CheckName, account.Full = templates.MaskName(account.Holder), "", ""
	if account.Text == "" {
		return account
	}
	if ref, ok := approvals.ApproverOf(a); ok {
		account.Text = templates.MaskName(ref.Name) + ", " + templates.MaskEmail(ref.Email)
	} else if strings.Contains(account.Text, "@") {
		account.Text = templates.MaskEmail(account.Text)
	}
	return account
}

// asked is on what and from where something was asked for, as far as it is known.
func asked(a templates.Asked) string {
	var parts []string
	if device := strings.TrimSpace(a.Device.Browser + " " + a.Device.System); device != "" {
		parts = append(parts, device)
	}
	if a.Place.IP != "" {
		parts = append(parts, "from "+templates.MaskIP(a.Place.IP))
	}
	return strings.Join(parts, ", ")
}

func fillTimeline(ctx context.Context, p *templates.DeskCase, d desk.Dossier, known *names) error {
	references := map[string]string{}
	for _, a := range d.Actions {
		references[string(a.ID)] = a.Reference
	}
	for i, e := range d.Events {
		if i == momentsShown {
			p.Cut = true
			break
		}
		m := templates.DeskMoment{At: e.At, What: templates.EventText(e), Reference: references[e.Action], Who: templates.ActorText(e.Actor.Type)}
		if e.To != "" && e.To != e.From {
			m.Now = templates.ActionStateText(approvals.State(e.To), "")
		}
		if e.Actor.Type == audit.Agent && e.Actor.ID != "" {
			var err error
			if m.Who, err = known.name(ctx, e.Actor.ID); err != nil {
				return err
			}
		}
		p.Timeline = append(p.Timeline, m)
	}
	return nil
}

// addresses finds whatever a mail server may mean as one: it quotes, folds and
// rewrites those it was given.
var addresses = regexp.MustCompile(`(?:"[^"]*"|[^\s<>()\[\],;:"])*@[^\s<>()\[\],;:"]*`)

func fillMails(p *templates.DeskCase, d desk.Dossier) {
	references := map[approvals.ActionID]string{}
	for _, a := range d.Actions {
		references[a.ID] = a.Reference
	}
	for _, m := range d.Mails {
		p.Mails = append(p.Mails, templates.DeskMail{
			Kind: strings.ReplaceAll(string(m.Kind), "_", " "), To: templates.MaskEmail(m.To), Reference: references[m.Action], State: string(m.State), At: m.CreatedAt,
			Answer: addresses.ReplaceAllStringFunc(m.Answer, templates.MaskEmail),
		})
	}
}

func fillNotes(ctx context.Context, p *templates.DeskCase, d desk.Dossier, known *names) error {
	for _, n := range d.Notes {
		by, err := known.name(ctx, n.By)
		if err != nil {
			return err
		}
		p.Notes = append(p.Notes, templates.DeskNote{By: by, Text: n.Text, At: n.At})
	}
	for _, made := range d.Decisions {
		if made.State == desk.Waiting {
			continue // its note is read after choosing
		}
		row, err := decided(ctx, made, d, known)
		if err != nil {
			return err
		}
		p.Decisions = append(p.Decisions, row)
	}
	return nil
}

func decided(ctx context.Context, made desk.Decision, d desk.Dossier, known *names) (templates.DeskDecided, error) {
	row := templates.DeskDecided{
		What: verbOn(made.Verb, made.Action, d), State: templates.DecisionStateText(made.State), At: made.DecidedAt, Reasons: []string{templates.ReasonText(made.Reason)},
	}
	var err error
	if row.By, err = known.name(ctx, made.Proposer); err != nil {
		return row, err
	}
	say := func(by, note string) {
		if note != "" {
			row.Notes = append(row.Notes, templates.DeskNote{By: by, Text: note})
		}
	}
	say(row.By, made.Note)
	if made.Decider == "" || made.Decider == made.Proposer {
		return row, nil
	}
	second, err := known.name(ctx, made.Decider)
	say(second, made.DeciderNote)
	row.By, row.Reasons = row.By+" and "+second, append(row.Reasons, templates.ReasonText(made.DeciderReason))
	return row, err
}

// verbOn is a decision in words, with the action it is about.
func verbOn(v desk.CaseVerb, id approvals.ActionID, d desk.Dossier) string {
	for _, a := range d.Actions {
		if a.ID == id {
			return a.Reference + ": " + templates.CaseVerbText(v)
		}
	}
	return templates.CaseVerbText(v)
}
