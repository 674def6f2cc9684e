package seller

import (
	"encoding/json"
	"net/http"

	"countersign/approvals"
	"countersign/auth"
)

// options is what a page's script gets for the passkey's next challenge.
type options struct {
	Options json.RawMessage `json:"options"`
}

// actionOptions answers a page that has been open for a while with fresh
// passkey options, so that the click can go straight to the device, and a page
// that takes a code with what the device signs beside it. The page
// asks by itself, so the session grows no older for it and no younger.
func (h *Handler) actionOptions(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySessionIdle(w, r)
	if err != nil {
		return err
	}
	return h.freshOptions(w, r, a, approvals.StageStepUp, a.action.State == approvals.AwaitingStepUp)
}

func (h *Handler) freshOptions(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, open bool) error {
	if _, err := a.post(r); err != nil {
		return err
	}
	if !open {
		return approvals.Refuse(approvals.CodeState)
	}
	return h.begun(w, r, auth.SubjectOf(a.action, stage), stage)
}
