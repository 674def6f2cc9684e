package seller

import (
	"bytes"
	"encoding/json"
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
	a := h.lastKnown(r)
	page := templates.Problem{
		Frame: h.frame(a, "/"), Kind: p.Page, Request: problem.TraceOf(r.Context()).ID,
		Return: templates.Link(a.action.ReturnURL),
	}
	page.Languages = nil // a refused request is not to be sent again in another language
	page.Until, _ = time.Parse(approvals.TimeFormat, p.Facts["retry_at"])
	if p.Page == templates.ProblemSession {
		page.Restart, page.Return = page.Return, ""
	} else if a.base != "" {
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

// lastKnown is what can still be said of who is reading: the marketplace's
// name and the way back, of a session that may have ended or of a mailed link.
// Whatever goes wrong here leaves it empty; the page is about another trouble.
func (h *Handler) lastKnown(r *http.Request) access {
	if found, err := h.Sessions.Current(r); err == nil && found.Visit != nil {
		if a, err := h.newest(r.Context(), found.Visit); err == nil {
			if found.Ended {
				a.base, a.token = "", ""
			}
			return a
		}
	}
	for _, e := range []entrance{h.byConfirmLink, h.byStopLink} {
		if a, err := e(nil, r); err == nil {
			return a
		}
	}
	return access{}
}

// answerJSON answers what a page's script asked for.
func (h *Handler) answerJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the reader may be gone
	return nil
}
