package seller

import (
	"context"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
)

// offer fills how the seller can prove themselves now: the one method that
// package auth permits, and nothing the request asks for (DESIGN rule 10).
func (h *Handler) offer(r *http.Request, a access, p *templates.Review) error {
	ctx, key := r.Context(), a.action.SellerKey()
	if p.Stage == approvals.StageStepUp {
		p.Wait = a.action.Decision.Wait[approvals.Passkey]
	}
	if recoverable(a.action) {
		set, err := h.Auth.RecoverySet(ctx, key)
		if err != nil {
			return err
		}
		if set.Left > 0 && !a.action.CreatedAt.Before(set.CountFrom) {
			p.Recovery = templates.Link(a.base + "/recovery")
		}
	}
	until, _, err := h.Auth.Blocked(ctx, key)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		p.Way, p.UsableFrom = templates.WayBlocked, until
		return nil
	}
	may, err := h.Auth.Permitted(ctx, key, p.Stage)
	if nothingToProveWith(err) {
		return h.offerLater(ctx, a, p, err)
	}
	if err != nil {
		return err
	}
	if p.Stage == approvals.StageStepUp {
		p.Wait, p.Young = h.waits(a, may), may.UsableFrom
	}
	if may.Method == approvals.TOTP {
		p.Way, p.Code = templates.WayCode, templates.Link(a.base+"/code")
		return nil
	}
	p.Way = templates.WayPasskey
	if a.visit != nil {
		p.Recover = recoverPath
	}
	p.Passkey, err = h.passkey(r, a, p.Stage)
	return err
}

// nothingToProveWith reports whether a refusal of Permitted says that nothing of
// the seller's may make the proof.
func nothingToProveWith(err error) bool {
	return is(err, approvals.CodeNoAuthenticator) || is(err, approvals.CodeMethod)
}

// waits is how long the action would wait after a step-up like this: for its own
// clock and for the authenticator's, whichever is later.
func (h *Handler) waits(a access, may auth.Permission) time.Duration {
	return max(a.action.Decision.Wait[may.Method], may.UsableFrom.Sub(h.now()))
}

// offerLater is for a seller who has nothing usable: set-up for one who never
// had anything, patience for one whose authenticator is too new.
func (h *Handler) offerLater(ctx context.Context, a access, p *templates.Review, none error) error {
	list, err := h.Auth.Authenticators(ctx, a.action.SellerKey())
	if err != nil {
		return err
	}
	if len(list) == 0 && a.visit != nil {
		p.Way, p.Enrol = templates.WayEnrol, "/enrol"
		return nil
	}
	first, ok := soonest(list, h.now())
	switch {
	case !ok && p.Recovery != "":
		p.Way = templates.WayRecovery
		return nil
	case !ok && is(none, approvals.CodeMethod):
		p.Way, p.Recover = templates.WayBarred, recoverPath
		return nil
	case !ok:
		return none
	}
	p.Way, p.UsableFrom, p.Method = templates.WayQuarantine, first.UsableFrom, first.Method
	return nil
}

// soonest is the first to become usable of the authenticators that are still
// too new.
func soonest(list []auth.Authenticator, now time.Time) (first auth.Authenticator, ok bool) {
	for _, one := range list {
		tooNew := now.Before(one.UsableFrom) && one.Usable(one.UsableFrom)
		if tooNew && (!ok || one.UsableFrom.Before(first.UsableFrom)) {
			first, ok = one, true
		}
	}
	return first, ok
}

// passkey fills what the page asks the browser with. A HEAD begins nothing.
func (h *Handler) passkey(r *http.Request, a access, stage approvals.Stage) (*templates.Passkey, error) {
	p := &templates.Passkey{
		Submit: templates.Post(a.proofPath(stage)), Refresh: templates.Post(a.base + "/options"), Options: []byte("{}"),
	}
	var err error
	if p.Elsewhere, err = h.elsewhere(a); err != nil || onlyHead(r) {
		return p, err
	}
	p.Options, err = h.Auth.BeginPasskey(r.Context(), auth.SubjectOf(a.action, stage))
	return p, err
}

// elsewhere is the link that opens the same page on another device, while it
// still can.
func (h *Handler) elsewhere(a access) (templates.Elsewhere, error) {
	link := ""
	switch {
	case a.visit == nil:
		link = h.PublicURL + confirmBase + "/" + a.link.Token
	case a.visit.Values.Handoff.Serial > 0 && h.now().Before(a.visit.Values.Handoff.Until) && newestOf(a):
		link = h.PublicURL + "/h/" + h.Approvals.Links.Token(approvals.HandoffLink, a.action.ID, a.visit.Values.Handoff.Serial)
	default:
		return templates.Elsewhere{}, nil
	}
	code, err := templates.NewQR(link)
	return templates.Elsewhere{URL: templates.Link(link), QR: code}, err
}

// newestOf reports whether a's action is the one its visit was handed last.
func newestOf(a access) bool {
	handed := a.visit.Values.Actions
	return len(handed) > 0 && handed[len(handed)-1] == a.action.ID
}
