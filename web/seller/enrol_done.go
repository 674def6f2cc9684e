package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// enrolDone is the last screen of S4: what was added and from when it counts.
func (h *Handler) enrolDone(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNewest(w, r)
	if v, found := h.visiting(r); found == nil && v.Values.Recovery != "" {
		a, err = h.whole(r.Context(), v)
	}
	if err != nil {
		return err
	}
	list, err := h.Auth.Authenticators(r.Context(), a.action.SellerKey())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return seeOther(w, enrolPath)
	}
	added := list[len(list)-1]
	p := templates.SetupDone{
		Frame: h.frame(a, enrolDonePath), Method: added.Method, Label: added.Name,
		Continue: templates.Link(a.base), ToAction: true,
	}
	if h.now().Before(added.UsableFrom) {
		p.UsableFrom = added.UsableFrom
	}
	switch {
	case a.wholly():
		p.Continue, p.ToAction = templates.Link(a.home()), false
	case a.action.State != approvals.AwaitingStepUp:
		p.Continue = templates.Link(a.base + "/status")
	}
	return h.show(w, r, a, http.StatusOK, p)
}
