package seller

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
	"countersign/web/session"
)

// enrolPasskey is the second screen of S4: make a passkey.
func (h *Handler) enrolPasskey(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySetup(w, r)
	if err != nil || a.setup == setupClosed {
		return leadBack(w, a, err)
	}
	label, err := h.freshName(r, a)
	if err != nil {
		return err
	}
	return h.setupPasskey(w, r, a, http.StatusOK, templates.SetupPasskey{Label: label})
}

// freshName is the reader's device, with a number where something of the
// seller's is called so already: in a list and in a mail the names tell apart
// which one is meant.
func (h *Handler) freshName(r *http.Request, a access) (string, error) {
	list, err := h.Auth.Authenticators(r.Context(), a.action.SellerKey())
	device := templates.DeviceFrom(r.UserAgent()).System
	if err != nil || device == "" {
		return device, err
	}
	name := device
	for n := 2; slices.ContainsFunc(list, func(one auth.Authenticator) bool { return one.DisabledAt.IsZero() && one.Name == name }); n++ {
		name = device + " " + strconv.Itoa(n)
	}
	return name, nil
}

// setupPasskey shows the screen with fresh options.
func (h *Handler) setupPasskey(w http.ResponseWriter, r *http.Request, a access, status int, p templates.SetupPasskey) error {
	p.Frame, p.Back = h.frame(a, enrolPasskeyPath), enrolPath
	p.Passkey = templates.Passkey{Submit: enrolPasskeyPath, Refresh: enrolPasskeyPath + "/options", Options: []byte("{}")}
	var err error
	if p.Passkey.Elsewhere, err = h.elsewhere(a); err != nil {
		return err
	}
	if !onlyHead(r) {
		p.Passkey.Options, err = h.beginPasskey(r, a)
	}
	if err != nil {
		return err
	}
	return h.show(w, r, a, status, p)
}

// displayName is what the seller's device shows beside the passkey.
func displayName(a access) string {
	if a.seller.Name != "" {
		return a.seller.Name
	}
	return string(a.seller.SellerKey.Seller)
}

// enrolOptions is actionOptions for a passkey to be made.
func (h *Handler) enrolOptions(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visiting(r)
	if err != nil {
		return err
	}
	replacing, find := v.Values.Recovery != "", h.newest
	if replacing {
		find = func(_ context.Context, v *session.Visit) (access, error) { return h.inReplace(r, v) }
	}
	a, err := find(r.Context(), v)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if !replacing {
		a, err = h.inSetup(r, a)
	}
	if err != nil || a.setup == setupClosed {
		return orElse(err, approvals.Refuse(approvals.CodeEnrolmentClosed))
	}
	raw, err := h.beginPasskey(r, a)
	if err != nil {
		return err
	}
	return page.JSON(w, options{raw})
}

// setupFault says what a refused set-up tells the seller, and with which
// status; ok is false for what is not the seller's to mend.
func setupFault(r *http.Request, why error) (fault templates.SetupFault, status int, ok bool) {
	status = problem.Of(r.Context(), why).Status
	switch {
	case is(why, approvals.CodeAlreadyEnrolled):
		return templates.SetupExists, status, true
	case is(why, approvals.CodeProofWrong) && fact(why, "fault") == "late":
		return templates.SetupLate, status, true
	case is(why, approvals.CodeProofWrong):
		return templates.SetupRefused, status, true
	}
	return "", 0, false
}
