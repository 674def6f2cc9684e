package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
)

const (
	auditPath   = Base + "/audit"
	auditExport = auditPath + "/export"
)

// auditors lets those through who read the whole log. Who works on cases reads what is
// in their timelines.
func auditors(p handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if role := v.Person.Role; role != auth.Auditor && role != auth.Lead && role != auth.Admin {
			return approvals.Refuse(approvals.CodeForbidden)
		}
		return p(w, r, v)
	}
}

// auditShow is C7.
func (s *Site) auditShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked := r.URL.Query()
	q, wrong := auditQuery(asked.Get)
	q.Before, q.Limit = asked.Get("before"), desk.AuditPage
	p := templates.DeskAudit{
		DevFrame: s.frame(v), Actor: q.Actor, Verb: q.Verb, Seller: q.Seller, Action: string(q.Action), From: asked.Get("from"), To: asked.Get("to"), Export: auditExport,
	}
	zone, err := zoneOf(asked.Get("zone"))
	if err != nil {
		wrong = append(wrong, templates.DevFault{Field: "zone", Message: "Local time of: a name such as Europe/Rome."})
	}
	if p.Zone = asked.Get("zone"); zone != nil {
		p.Local = zone.String()
	}
	p.Wrong = wrong
	if err := s.checkLog(r.Context(), &p); err != nil {
		return err
	}
	if len(wrong) > 0 {
		p.Empty = "Nothing was looked for."
		return s.show(w, http.StatusUnprocessableEntity, p)
	}
	if err := s.listLog(r.Context(), &p, q, zone, asked); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// checkLog checks the newest part of the log, as of now.
func (s *Site) checkLog(ctx context.Context, p *templates.DeskAudit) error {
	c, err := s.Views.Audit.Check(ctx, s.Now())
	if err != nil {
		return err
	}
	result := "Whole: no move is missing, each begins where the one before ended, and each action is what its last move made it."
	for _, f := range c.Faults {
		p.Broken = append(p.Broken, templates.DeskPointer{Name: f.Action, Text: f.What, URL: templates.Link(auditPath + "?action=" + url.QueryEscape(f.Action))})
		result = "Broken: see above."
	}
	p.Checked = []templates.DevFact{
		{Name: "Result", Value: result}, {Name: "Checked", Value: clock(c.At)},
		{Name: "Of", Value: templates.DeskCount(c.Actions, 1<<30, "action", "actions") + " with " + templates.DeskCount(c.Moves, 1<<30, "move", "moves") +
			", which the newest " + templates.DeskCount(c.Events, 1<<30, "event is", "events are") + " about"},
	}
	if !c.Earliest.IsZero() {
		p.Checked = append(p.Checked, templates.DevFact{Name: "Back to", Value: clock(c.Earliest)})
	}
	return nil
}

func (s *Site) listLog(ctx context.Context, p *templates.DeskAudit, q desk.AuditQuery, zone *time.Location, asked url.Values) error {
	found, err := s.Views.Audit.Events(ctx, q)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, e := range found.Events {
		line, err := s.auditLine(ctx, e, names)
		if err != nil {
			return err
		}
		if zone != nil {
			line.Local = e.At.In(zone).Format("2006-01-02 15:04:05 -07:00")
		}
		p.Events = append(p.Events, line)
	}
	p.Empty = "There is no event like that."
	if found.Next != "" {
		asked.Set("before", found.Next)
		p.Next = templates.Link(auditPath + "?" + asked.Encode())
		p.Empty = "None of the newest " + strconv.Itoa(desk.AuditLook) + " is like that. There are older ones."
	}
	return nil
}

// auditLine is an event as people read it. names keeps those that were looked up.
func (s *Site) auditLine(ctx context.Context, e audit.Event, names map[string]string) (templates.DeskAuditEvent, error) {
	hash, err := hashOf(e)
	if err != nil {
		return templates.DeskAuditEvent{}, err
	}
	actor, by := string(e.Actor.Type), string(e.Actor.Type)
	if e.Actor.ID != "" {
		by += ":" + e.Actor.ID
		switch e.Actor.Type {
		case audit.Agent:
			if names[e.Actor.ID] == "" {
				if names[e.Actor.ID], err = s.name(ctx, e.Actor.ID); err != nil {
					return templates.DeskAuditEvent{}, err
				}
			}
			actor = names[e.Actor.ID] + ", " + actor
		case audit.Seller, audit.Approver, audit.Marketplace, audit.Developer, audit.System, audit.Operator:
			actor += " " + e.Actor.ID
		}
	}
	return templates.DeskAuditEvent{
		ID: e.ID, Move: e.Version, At: e.At, Actor: actor, Verb: e.Verb, States: movedOf(e), Why: whyOf(e), Seller: e.Seller, Action: e.Action, Hash: hash[:12],
		ByActor: only("actor", by), BySeller: only("seller", e.Seller), ByAction: only("action", e.Action),
	}, nil
}

func only(field, value string) templates.Link {
	return templates.Link(auditPath + "?" + url.Values{field: {value}}.Encode())
}

// auditQuery reads the filters, and what is wrong with them.
func auditQuery(get func(string) string) (desk.AuditQuery, []templates.DevFault) {
	q := desk.AuditQuery{Actor: get("actor"), Verb: get("verb"), Seller: get("seller"), Action: approvals.ActionID(get("action"))}
	var wrong []templates.DevFault
	for field, at := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		text := get(field)
		if text == "" {
			continue
		}
		var err error
		if *at, err = time.Parse("2006-01-02T15:04", text); err != nil {
			wrong = append(wrong, templates.DevFault{Field: field, Message: "A time such as 2026-11-22T17:21."})
		}
	}
	return q, wrong
}

// zoneOf is the zone of this name, nil where none is asked for.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	return time.LoadLocation(name)
}
