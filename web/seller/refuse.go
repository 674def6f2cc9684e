package seller

import (
	"bytes"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
)

// Refuse answers with the page for err (UX S13): what happened, whether the
// money is safe, what to do. Package web calls it too, for what it refuses
// before a page is reached.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.Of(r.Context(), err)
	a := h.known(r)
	page := templates.Problem{
		Frame: h.frame(a, "/"), Kind: p.Page, Request: problem.TraceOf(r.Context()).ID,
		Return: templates.Link(a.home()),
	}
	page.Languages = nil // a refused request is not to be sent again in another language
	page.Until, _ = time.Parse(approvals.TimeFormat, p.Facts["retry_at"])
	if p.Page == templates.ProblemLink {
		page.Lookup = findPath
	}
	if p.Page == templates.ProblemSession {
		page.Restart, page.Return = templates.Link(a.again), ""
	} else if a.base != "" && a.base != ownBase {
		page.Stop = templates.Link(a.stopPath())
	}
	var body bytes.Buffer
	p.Headers(w.Header(), h.now())
	if err := h.Pages.Page(&body, h.locale(r, a), page); err != nil {
		problem.TraceOf(r.Context()).Cause = err
		http.Error(w, p.Title, p.Status)
		return
	}
	if p.Code == approvals.CodeSessionEnded {
		w.Header().Set("Clear-Site-Data", `"cache"`) // STANDARDS SM-06
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_, _ = body.WriteTo(w) // the reader may be gone
}
