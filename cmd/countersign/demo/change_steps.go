package demo

import (
	"errors"
	"net/http"
	"time"

	"countersign/client"
)

// changeContinue takes the browser to the gateway. Every visit needs a fresh
// URL, so this is a POST.
func (m *Marketplace) changeContinue(w http.ResponseWriter, r *http.Request) {
	c, ok := m.mine(w, r)
	if !ok {
		return
	}
	next, err := m.gateway.Handoff(r.Context(), c.ID)
	if err != nil {
		m.couldNot(w, r, err)
		return
	}
	seeOther(w, r, next.URL)
}

// changeSkip moves the gateway's test clock to the end of the cooling-off.
func (m *Marketplace) changeSkip(w http.ResponseWriter, r *http.Request) {
	c, ok := m.mine(w, r)
	if !ok {
		return
	}
	action, err := m.gateway.Action(r.Context(), c.ID)
	if err != nil {
		m.couldNot(w, r, err)
		return
	}
	if left := untilConfirm(action, m.config.Now()); left > 0 {
		if _, err := m.gateway.AdvanceTestClock(r.Context(), left+time.Second); err != nil {
			m.couldNot(w, r, err)
			return
		}
	}
	seeOther(w, r, back(c))
}

// changeCancel stops a change on the seller's behalf. Stopping needs no proof.
func (m *Marketplace) changeCancel(w http.ResponseWriter, r *http.Request) {
	c, ok := m.mine(w, r)
	if !ok {
		return
	}
	if _, err := m.gateway.CancelAction(r.Context(), c.ID, "changed_mind"); err != nil {
		m.couldNot(w, r, err)
		return
	}
	seeOther(w, r, back(c))
}

// mine finds the change a path names, if it is the signed-in seller's or the
// thief's, or answers that there is none.
func (m *Marketplace) mine(w http.ResponseWriter, r *http.Request) (change, bool) {
	books := m.books.read()
	s, _ := m.signed(r)
	c, ok := books.change(r.PathValue("id"))
	if !ok || c.Seller != s.ID && !c.ByThief {
		m.oops(w, r, http.StatusNotFound, "There is no such change, or you are signed in as somebody else.")
		return change{}, false
	}
	return *c, true
}

// back is the page that shows a change.
func back(c change) string {
	if c.ByThief {
		return "/attacks/" + c.ID
	}
	switch c.kind() {
	case client.LoanDisbursement:
		return "/loan"
	case payoutKind:
		return "/payout"
	}
	return "/bank"
}

// couldNot says that the gateway refused, or could not be asked.
func (m *Marketplace) couldNot(w http.ResponseWriter, r *http.Request, err error) {
	m.config.Log.WarnContext(r.Context(), "ask the gateway", "error", err)
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status < http.StatusInternalServerError {
		m.oops(w, r, http.StatusConflict, "Countersign refused: "+p.Title+" ("+p.Code+"). Nothing changed.")
		return
	}
	m.oops(w, r, http.StatusBadGateway, "Countersign could not be asked. Nothing changed. Try again.")
}
