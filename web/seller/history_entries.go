package seller

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"countersign/approvals"
	"countersign/templates"
)

// historyEntries shows what was found. An account is masked to its last four.
func historyEntries(found []approvals.HistoryEntry) []templates.HistoryEntry {
	out := make([]templates.HistoryEntry, 0, len(found))
	for _, e := range found {
		if e.Action == nil {
			out = append(out, templates.HistoryEntry{At: e.At, Verb: e.Event.Verb})
			continue
		}
		out = append(out, historyAction(*e.Action))
	}
	return out
}

// disownable leads from each event that the seller was told of to the question of
// its notice. That question's answer shows the number of the case, which a
// session alone is not to know: only a visit with a proof gets the link here, as
// every reader of the mail does.
func (h *Handler) disownable(ctx context.Context, a access, entries []templates.HistoryEntry) error {
	if !a.trusted() {
		return nil
	}
	var times []time.Time
	for _, e := range entries {
		if e.Verb != "" {
			times = append(times, e.At)
		}
	}
	links, err := h.Approvals.NoticeLinks(ctx, a.seller.SellerKey, times)
	for i, e := range entries {
		if token := links[e.At.UTC()]; token != "" && e.Verb != "" {
			entries[i].Stop = templates.Link(noticeBase + "/" + token)
		}
	}
	return err
}

func historyAction(x approvals.Action) templates.HistoryEntry {
	e := templates.HistoryEntry{
		At: x.CreatedAt, Kind: x.Kind, Reference: x.Reference, State: x.State,
		Device: templates.DeviceFrom(x.Context.UserAgent), Place: templates.Place{IP: x.Context.IP},
		Open: templates.Link(actionPath(x) + "/status"), Stop: templates.Link(actionPath(x) + "/cancel"),
	}
	if x.Decision.Definition != nil {
		e.Name = x.Decision.Definition.Name
	}
	if to, err := x.Destination(); err == nil && to != nil { // creation has ruled the error out
		e.New = to.Last4()
	}
	return e
}

// spreadsheet answers with a file to keep. It is written whole before the first
// byte leaves.
func (h *Handler) spreadsheet(w http.ResponseWriter, r *http.Request, a access, p templates.History, more bool) error {
	var body bytes.Buffer
	body.WriteString("\ufeff") // without it spreadsheets take UTF-8 for something else
	if err := h.Pages.HistoryCSV(&body, h.locale(r, a), p, more); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="history.csv"`)
	w.WriteHeader(http.StatusOK)
	_, _ = body.WriteTo(w) // the reader may be gone
	return nil
}

// historyKinds are the marketplace's own kinds to choose from: those that were found,
// and the one that was asked for.
func historyKinds(entries []templates.HistoryEntry, asked templates.HistoryKind) []templates.Defined {
	var out []templates.Defined
	add := func(d templates.Defined) {
		same := func(o templates.Defined) bool { return o.Kind == d.Kind }
		if d.Kind.Defined() && !slices.ContainsFunc(out, same) {
			out = append(out, d)
		}
	}
	for _, e := range entries {
		add(templates.Defined{Kind: e.Kind, Name: e.Name})
	}
	add(templates.Defined{Kind: approvals.Kind(asked)})
	slices.SortFunc(out, func(a, b templates.Defined) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}
