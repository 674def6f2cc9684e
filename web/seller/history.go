package seller

import (
	"net/http"
	"net/url"
	"slices"

	"countersign/approvals"
	"countersign/templates"
)

// Sizes of the history.
const (
	historyPage  = 20
	historyBatch = 50   // of the table, read at once
	historyMost  = 2000 // lines of the table
)

// historyAsked is what the filters say. What they do not know is everything.
type historyAsked struct {
	kind   templates.HistoryKind
	period templates.HistoryPeriod
	before string
}

func askedHistory(r *http.Request) historyAsked {
	q := r.URL.Query()
	asked := historyAsked{
		kind: templates.HistoryKind(q.Get("kind")), period: templates.HistoryPeriod(q.Get("period")), before: q.Get("before"),
	}
	if !slices.Contains(templates.HistoryKinds(), asked.kind) && !approvals.Kind(asked.kind).Defined() {
		asked.kind = templates.HistoryAll
	}
	if !slices.Contains(templates.HistoryPeriods(), asked.period) {
		asked.period = templates.HistoryWhole
	}
	return asked
}

// at is the address of this part of the history.
func (q historyAsked) at(path, before string) templates.Link {
	values := url.Values{}
	if q.kind != templates.HistoryAll {
		values.Set("kind", string(q.kind))
	}
	if q.period != templates.HistoryWhole {
		values.Set("period", string(q.period))
	}
	if before != "" {
		values.Set("before", before)
	}
	if len(values) == 0 {
		return templates.Link(path)
	}
	return templates.Link(path + "?" + values.Encode())
}

// query asks for a page of a seller's history.
func (h *Handler) query(a access, asked historyAsked, limit int) approvals.HistoryQuery {
	q := approvals.HistoryQuery{
		Seller: a.action.SellerKey(), Verbs: templates.HistoryVerbs(), Since: asked.period.Since(h.now()), Before: asked.before, Limit: limit,
	}
	switch asked.kind {
	case templates.HistoryAll:
	case templates.HistorySecurity:
		q.Events = true
	default:
		q.Kind = approvals.Kind(asked.kind)
	}
	return q
}

// historyShow is S10. It is read by GET alone, filters and pages too.
func (h *Handler) historyShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	asked := askedHistory(r)
	entries, more, err := h.Approvals.History(r.Context(), h.Events, h.query(a, asked, historyPage))
	if err != nil {
		return err
	}
	p := templates.History{
		Frame: h.frame(a, historyPath), Entries: historyEntries(entries), Kind: asked.kind, Period: asked.period,
		Self: historyPath, Security: securityPath, Return: templates.Link(a.home()),
	}
	p.Defined = historyKinds(p.Entries, asked.kind)
	if err := h.disownable(r.Context(), a, p.Entries); err != nil {
		return err
	}
	if len(entries) > 0 {
		p.CSV = asked.at(historyPath+".csv", "")
	}
	if more {
		p.Older = asked.at(historyPath, entries[len(entries)-1].ID)
	}
	if asked.before != "" {
		p.Newest = asked.at(historyPath, "")
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// historyTable is the same for a spreadsheet, all pages at once.
func (h *Handler) historyTable(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	asked := askedHistory(r)
	p, more := templates.History{Frame: h.frame(a, historyPath)}, true
	for q := h.query(a, asked, historyBatch); more && len(p.Entries) < historyMost; {
		entries, rest, err := h.Approvals.History(r.Context(), h.Events, q)
		if err != nil {
			return err
		}
		p.Entries, more = append(p.Entries, historyEntries(entries)...), rest
		if rest {
			q.Before = entries[len(entries)-1].ID
		}
	}
	return h.spreadsheet(w, r, a, p, more)
}
