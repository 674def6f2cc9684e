package seller

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

// deviceFields are what a page's script adds to a proof, in base64url.
const (
	deviceKeyField       = "device_key"
	deviceSignatureField = "device_signature"
	deviceChallengeField = "device_challenge"
)

// deviceOf is what the browser's own key signed. A page without script sends
// nothing of it, and what does not read as it should is nothing.
func deviceOf(r *http.Request, f form) auth.DeviceAnswer {
	d := auth.DeviceAnswer{UserAgent: r.UserAgent()}
	for field, into := range map[string]*[]byte{
		deviceKeyField: &d.Key, deviceSignatureField: &d.Signature, deviceChallengeField: &d.Challenge,
	} {
		*into, _ = base64.RawURLEncoding.DecodeString(f.get(field)) // cut off where it is wrong: it verifies nothing
	}
	return d
}

// deviceOptions is what the script gets to sign beside a code.
func (h *Handler) deviceOptions(w http.ResponseWriter, r *http.Request, about auth.Subject) error {
	challenge, err := h.Auth.BeginDevice(r.Context(), about)
	if err != nil {
		return err
	}
	return page.JSON(w, options{json.RawMessage(`{"challenge":"` + base64.RawURLEncoding.EncodeToString(challenge) + `"}`)})
}

// begun answers a page's script with what the seller may prove this with: a
// passkey's options, or what a device signs beside a code.
func (h *Handler) begun(w http.ResponseWriter, r *http.Request, about auth.Subject, stage approvals.Stage) error {
	may, err := h.Auth.Permitted(r.Context(), about.Seller, stage)
	if err == nil && may.Method == approvals.TOTP {
		return h.deviceOptions(w, r, about)
	}
	raw, err := h.Auth.BeginPasskey(r.Context(), about)
	if err != nil {
		return err
	}
	return page.JSON(w, options{raw})
}

// enrolAppOptions is what the script signs beside the code that confirms an app.
func (h *Handler) enrolAppOptions(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visiting(r)
	if err != nil {
		return err
	}
	a, err := h.newest(r.Context(), v)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if a, err = h.inSetup(r, a); err != nil || a.setup == setupClosed {
		return orElse(err, approvals.Refuse(approvals.CodeEnrolmentClosed))
	}
	return h.deviceOptions(w, r, auth.Subject{Seller: a.action.SellerKey()})
}

// notEnough says that a code alone does not confirm the action, and where it
// can be confirmed. Nothing was spent: the mailed link and the code are as good
// as before.
func (h *Handler) notEnough(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, why error) error {
	if err := h.Approvals.Store.Refuse(r.Context(), h.refusedProof(a, stage, approvals.CodeIndependent), ""); err != nil {
		return err
	}
	return h.answer(w, r, a, answerView{state: templates.AnswerElsewhere, why: why})
}

// youngDevice fills what a code page says of a device that is not known for long
// enough, before the seller spends a code. What more the policy asks for is known
// only with the first proof.
func (h *Handler) youngDevice(ctx context.Context, a access, p *templates.Code) error {
	asked := a.action.Requires(approvals.IndependentProof) && a.action.Independent(approvals.Proof{Method: approvals.TOTP}) == ""
	if p.Young = asked || p.Stage == approvals.StageStepUp && !a.action.Kind.Own(); !p.Young {
		return nil
	}
	list, err := h.Auth.Devices(ctx, a.action.SellerKey())
	var known []string
	for _, d := range list {
		if !d.KnownFrom.After(a.action.CreatedAt) {
			sum := sha256.Sum256(d.Key)
			known = append(known, base64.RawURLEncoding.EncodeToString(sum[:]))
		}
	}
	p.Known = strings.Join(known, " ")
	return err
}

// elsewhereOnly reports whether the first proof was a code on a device from which
// a second one would not be enough.
func elsewhereOnly(a approvals.Action) bool {
	first, ok := a.Proof(approvals.StageStepUp)
	switch a.State {
	case approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation:
		return ok && first.Method == approvals.TOTP && a.Enough(first) != nil
	case approvals.AwaitingStepUp, approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed,
		approvals.Unresolved, approvals.Held, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	return false
}

// securityDevices fills the devices that the seller has proved themselves in.
func (h *Handler) securityDevices(ctx context.Context, a access, p *templates.Security) error {
	list, err := h.Auth.Devices(ctx, a.seller.SellerKey)
	for _, d := range list {
		k := templates.KnownDevice{ID: d.ID, Device: templates.DeviceFrom(d.UserAgent), FirstSeen: d.FirstSeenAt, LastSeenAt: d.LastSeenAt}
		if h.now().Before(d.KnownFrom) {
			k.KnownFrom = d.KnownFrom
		}
		p.Known = append(p.Known, k)
	}
	return err
}

// securityForget removes a device. It takes no proof: it lets nothing go forward.
func (h *Handler) securityForget(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		err := h.Auth.RevokeDevice(ctx, a.seller.SellerKey, f.get("device"))
		if is(err, approvals.CodeNotFound) {
			return "", templates.FaultForgot, nil
		}
		return templates.SavedForgot, "", err
	})
}
