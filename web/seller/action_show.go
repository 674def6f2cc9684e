package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/approvals/destination"
	"countersign/templates"
)

// actionShow is S1: the review, while the action waits for its first proof.
// In every other state it leads to the status.
func (h *Handler) actionShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	view := reviewView{stage: approvals.StageStepUp, status: http.StatusOK}
	view.interrupt, err = nameDiffers(a.action)
	if err != nil {
		return err
	}
	view.interrupt = view.interrupt && r.URL.Query().Get("seen") == ""
	return h.review(w, r, a, view)
}

// nameDiffers reports whether the bank said that the new account's holder is
// somebody else.
func nameDiffers(a approvals.Action) (bool, error) {
	to, err := a.Destination()
	if err != nil || to == nil {
		return false, err
	}
	return to.PayeeOutcome() == destination.PayeeNoMatch, nil
}

// reviewView is one way the review is shown.
type reviewView struct {
	stage     approvals.Stage
	status    int
	fault     templates.ProofFault
	interrupt bool // the bank's warning first
	full      bool // the new account number in full
}

// review shows S1, or the same page as the second proof of S6.
func (h *Handler) review(w http.ResponseWriter, r *http.Request, a access, v reviewView) error {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return err
	}
	p := templates.Review{
		Frame: h.frame(a, a.reviewPath(v.stage)), Facts: facts, Stage: v.stage, Digest: a.action.Digest.String(),
		Refuse: templates.Link(a.stopPath()), Again: a.action.Generation > 1, Fault: v.fault,
		Why: templates.ReasonOf(a.action),
	}
	if p.Signed, err = signedFields(a.action); err != nil {
		return err
	}
	if v.interrupt {
		p.NoMatch = templates.Link(a.base + "?seen=1")
		return h.show(w, r, a, v.status, p)
	}
	if err := h.reveal(&p, a, v.full); err != nil {
		return err
	}
	if err := h.offer(r, a, &p); err != nil {
		return err
	}
	return h.show(w, r, a, v.status, p)
}

// reviewPath is where GET shows the review of a stage.
func (a access) reviewPath(s approvals.Stage) string {
	if s == approvals.StageConfirmation {
		return a.base + "/review"
	}
	return a.base
}

// proofPath is where the proof of a stage is posted.
func (a access) proofPath(s approvals.Stage) string {
	if s == approvals.StageConfirmation {
		return a.base + "/proof"
	}
	return a.base + "/step-up"
}
