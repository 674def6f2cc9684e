package seller

import (
	"context"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/problem"
)

const codesProofPath, codesOptionsPath = codesPath + "/proof", codesPath + "/options"

// codesWay fills how a seller can show that it is them, also in a visit in which
// they did so before: what brings a lost account back is made with a fresh proof
// alone (STANDARDS AS-32, MF-03). It is asked for as a first proof is.
func (h *Handler) codesWay(r *http.Request, a access, p *templates.RecoveryCodes) error {
	key := a.seller.SellerKey
	until, _, err := h.Auth.Blocked(r.Context(), key)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		p.Way, p.Until, p.Failed, p.Fault = templates.WayBlocked, until, templates.ProofOK, templates.CodeOK
		return nil
	}
	may, err := h.Auth.Permitted(r.Context(), key, approvals.StageStepUp)
	switch {
	case nothingToProveWith(err):
		return nil
	case err != nil:
		return err
	case may.Method == approvals.TOTP:
		p.Way, p.Prove, p.Device = templates.WayCode, codesProofPath, codesOptionsPath
		return nil
	}
	p.Way = templates.WayPasskey
	p.Passkey = &templates.Passkey{Submit: codesProofPath, Refresh: codesOptionsPath, Options: []byte("{}")}
	if !onlyHead(r) {
		p.Passkey.Options, err = h.Auth.BeginPasskey(r.Context(), auth.OwnSubject(key))
	}
	return err
}

// codesProof takes a fresh proof about no action and makes ten codes with it, in
// a visit that has a new id from then on.
func (h *Handler) codesProof(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if is(err, approvals.CodeForbidden) { // the page was left open while the visit got a new token
		return h.codes(w, r, a, codesView{status: http.StatusForbidden, failed: templates.ProofLate})
	}
	if err != nil {
		return err
	}
	if a.seller.Locked {
		return approvals.Refuse(approvals.CodeForbidden)
	}
	if err := h.proveOwn(r, a, f); err != nil {
		return h.codesNotProved(w, r, a, f, err)
	}
	if err := h.Sessions.Renew(w, r, a.visit, true); err != nil {
		return err
	}
	a.token = a.visit.Values.Page
	return h.codesMade(w, r, a)
}

func (h *Handler) proveOwn(r *http.Request, a access, f form) error {
	if f.get("credential") == "" && strings.TrimSpace(f.get("totp")) == "" {
		return approvals.Refuse(approvals.CodeProofWrong) // nothing was asked of an authenticator: no try
	}
	_, err := h.Auth.Prove(r.Context(), auth.OwnSubject(a.seller.SellerKey), answered(r, f))
	return err
}

// codesNotProved shows the page again. Wrong and used read the same.
func (h *Handler) codesNotProved(w http.ResponseWriter, r *http.Request, a access, f form, why error) error {
	v := codesView{status: problem.Of(r.Context(), why).Status}
	switch {
	case is(why, approvals.CodeTooManyTries), is(why, approvals.CodeProvingBlocked):
		problem.Of(r.Context(), why).Headers(w.Header(), h.now())
		v.failed, v.fault = templates.ProofRefused, templates.CodeOK
		if f.has("totp") {
			v.failed, v.fault = templates.ProofOK, templates.CodeSoon
		}
	case is(why, approvals.CodeProofWrong), is(why, approvals.CodeInvalid):
		v.status = http.StatusUnprocessableEntity
		if f.has("totp") {
			v.fault = codeFault(f, why)
		} else {
			v.failed = templates.ProofRefused
		}
	default:
		return why
	}
	return h.codes(w, r, a, v)
}

// codesOptions answers a page that has been open for a while.
func (h *Handler) codesOptions(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	return h.begun(w, r, auth.OwnSubject(a.seller.SellerKey), approvals.StageStepUp)
}

// offerCodes leads from a status to the printed codes: in a visit in which the
// seller has given a proof, where there are none.
func (h *Handler) offerCodes(ctx context.Context, p *templates.Status, a access) error {
	if a.visit == nil || !a.visit.Proved || a.seller.Locked || a.action.State == approvals.AwaitingStepUp {
		return nil
	}
	set, err := h.Auth.RecoverySet(ctx, a.action.SellerKey())
	if err == nil && set.Left == 0 {
		p.Codes = codesPath
	}
	return err
}
