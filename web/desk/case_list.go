package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

const (
	casesPath = Base + "/cases"
	pollPath  = casesPath + "/counts"
)

// linesShown is how many cases one page of the queue lists.
const linesShown = 50

func caseLink(number int64) templates.Link {
	return templates.Link(casesPath + "/" + strconv.FormatInt(number, 10))
}

// queue is C2: the cases, the first to decide on top.
func (s *Site) queue(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, filters := caseQuery(r.URL.Query(), string(v.Person.ID))
	q.Limit = linesShown + 1
	lines, err := s.Cases.Queue(r.Context(), q)
	if err != nil {
		return err
	}
	counts, err := s.Cases.Counts(r.Context(), string(v.Person.ID))
	if err != nil {
		return err
	}
	p := templates.DeskQueue{
		DevFrame: s.frame(v), Open: q.Open, Search: q.Search, Counts: countText(counts), Newest: counts.Newest,
		Poll:  templates.Link(pollPath + "?since=" + strconv.FormatInt(counts.Newest, 10)),
		Again: templates.Link(casesPath + "?" + filters.Encode()), States: choose(filters.Get("state"), "open", "open", "closed", "closed"),
		Reasons: choose(filters.Get("reason"), "", "any"), Whose: choose(filters.Get("owner"), "", "anybody or nobody", "me", "me"),
	}
	for _, reason := range templates.CaseReasons() {
		p.Reasons = append(p.Reasons, choose(filters.Get("reason"), string(reason), templates.CaseReasonText(reason))...)
	}
	if len(lines) > linesShown {
		lines = lines[:linesShown]
		filters.Set("after", cursorText(lines[linesShown-1].Cursor()))
		p.Next = templates.Link(casesPath + "?" + filters.Encode())
	}
	known := s.names()
	for _, line := range lines {
		row, err := s.line(r.Context(), line, known)
		if err != nil {
			return err
		}
		p.Lines = append(p.Lines, row)
	}
	if p.Warnings, p.Waiting, err = s.warnings(r.Context(), v); err != nil {
		return err
	}
	if p.Link, err = s.linkOffer(r, v); err != nil {
		return err
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// warnings say what keeps decisions from being made, and which policy waits.
func (s *Site) warnings(ctx context.Context, v *visit) (warn []string, waits *templates.DeskPointer, err error) {
	there, err := s.People.Deciders(ctx)
	if err != nil {
		return nil, nil, err
	}
	warn = few(there, v.Person.Role == auth.Admin)
	gate, err := s.Governor.Gate(ctx)
	if err != nil {
		return nil, nil, err
	}
	if gate.Halted {
		warn = append(warn, "Releases are halted since "+approvals.FormatTime(gate.HaltedAt)+", by "+gate.HaltedBy+". Nothing reaches a marketplace until the operator lifts it.")
	}
	standing, err := s.Policies.Advance(ctx)
	if err != nil {
		return nil, nil, err
	}
	if standing.Open != nil {
		waits = &templates.DeskPointer{Text: page.PolicyOpen(*standing.Open), URL: versionLink(standing.Open.Number)}
	}
	return warn, waits, nil
}

func (s *Site) line(ctx context.Context, l desk.CaseLine, known *names) (templates.DeskLine, error) {
	row := templates.DeskLine{
		Name: l.Name(), URL: caseLink(l.Number), Reason: templates.CaseReasonText(l.Reason), Seller: templates.MaskName(l.SellerName), SellerID: string(l.Seller.Seller),
		AtStake: l.AtStake, At: l.Cursor().At, Risk: l.Class, Locked: l.Locked, Proposed: l.Proposal != nil, Late: l.Open() && !s.Now().Before(l.DecideBy),
	}
	if !l.Open() {
		row.Outcome = templates.CaseVerbText(desk.CaseVerb(l.Outcome))
	}
	if !l.Owned("", s.Now()) {
		return row, nil
	}
	var err error
	row.Owner, err = known.name(ctx, l.Owner)
	return row, err
}

// caseQuery reads the filters of an address. What it does not know it leaves out.
func caseQuery(in url.Values, me string) (q desk.CaseQuery, kept url.Values) {
	kept = url.Values{}
	q = desk.CaseQuery{Open: in.Get("state") != "closed", Search: strings.TrimSpace(in.Get("q")), After: cursorOf(in.Get("after"))}
	if !q.Open {
		kept.Set("state", "closed")
	}
	if reason := in.Get("reason"); reason != "" && templates.CaseReasonKnown(approvals.CaseReason(reason)) {
		q.Reason = approvals.CaseReason(reason)
		kept.Set("reason", reason)
	}
	if in.Get("owner") == "me" {
		q.Owner = me
		kept.Set("owner", "me")
	}
	if len(q.Search) > 200 {
		q.Search = q.Search[:200]
	}
	q.Search = strings.ReplaceAll(strings.ToValidUTF8(q.Search, ""), "\x00", "")
	if q.Search != "" {
		kept.Set("q", q.Search)
	}
	return q, kept
}

// cursorText is a place in the queue as an address carries it.
func cursorText(c desk.CaseCursor) string { return fmt.Sprintf("%d-%d", c.At.UnixMicro(), c.Number) }

func cursorOf(text string) desk.CaseCursor {
	at, number, _ := strings.Cut(text, "-")
	micros, err := strconv.ParseInt(at, 10, 64)
	n, err2 := strconv.ParseInt(number, 10, 64)
	if err != nil || err2 != nil || n < 1 || micros < 1 {
		return desk.CaseCursor{}
	}
	return desk.CaseCursor{At: time.UnixMicro(micros).UTC(), Number: n}
}

// choose makes the choices of a select out of values and texts.
func choose(chosen string, pairs ...string) (out []templates.DevChoice) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, templates.DevChoice{Value: pairs[i], Text: pairs[i+1], Chosen: pairs[i] == chosen})
	}
	return out
}

// counts answers the queue's script. It is no act of the reader: the session ends as
// if nobody had asked.
func (s *Site) counts(w http.ResponseWriter, r *http.Request, v *visit) error {
	counts, err := s.Cases.Counts(r.Context(), string(v.Person.ID))
	if err != nil {
		return err
	}
	said := struct {
		Version int64  `json:"version"`
		Counts  string `json:"counts"`
		Text    string `json:"text,omitempty"`
	}{Version: counts.Newest, Counts: countText(counts)}
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	switch fresh := counts.Newest - since; {
	case err != nil || fresh < 1:
	case fresh == 1:
		said.Text = "There is a new case."
	default:
		said.Text = strconv.FormatInt(fresh, 10) + " new cases."
	}
	return page.JSON(w, said)
}

// countText is what the head of the queue says.
func countText(c desk.Counts) string {
	text := strconv.FormatInt(c.Open, 10) + " open"
	for _, part := range []struct {
		count int64
		words string
	}{{c.Unclaimed, "claimed by nobody"}, {c.Overdue, "late"}, {c.ToDecide, "waiting for a second person"}} {
		if part.count > 0 {
			text += ", " + strconv.FormatInt(part.count, 10) + " " + part.words
		}
	}
	return text + "."
}

// names are people as they are called, each read once for a page.
type names struct {
	site  *Site
	known map[string]string
}

func (s *Site) names() *names { return &names{site: s, known: map[string]string{}} }

func (n *names) name(ctx context.Context, id string) (string, error) {
	if name, ok := n.known[id]; ok {
		return name, nil
	}
	name, err := n.site.name(ctx, id)
	if err == nil {
		n.known[id] = name
	}
	return name, err
}
