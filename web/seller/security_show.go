package seller

import (
	"errors"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
)

// securityShow is S11.
func (h *Handler) securityShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	saved := templates.SecuritySaved(a.visit.Values.Done)
	if saved != "" && !onlyHead(r) {
		a.visit.Values.Done = "" // told once
		if err := h.touch(w, r, a.visit); err != nil {
			return err
		}
	}
	return h.security(w, r, a, securityView{status: http.StatusOK, saved: known(saved)})
}

// securityBack leads whoever goes back to an address that takes forms.
func (h *Handler) securityBack(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.byOwn(w, r); err != nil {
		return err
	}
	return seeOther(w, securityPath)
}

// known leaves out what another page has done in this visit.
func known(s templates.SecuritySaved) templates.SecuritySaved {
	switch s {
	case templates.SavedChoices, templates.SavedWait, templates.SavedTravel, templates.SavedDevice, templates.SavedName, templates.SavedForgot:
		return s
	}
	return ""
}

// securityView is one way the page is shown.
type securityView struct {
	status int
	saved  templates.SecuritySaved
	fault  templates.SecurityFault
}

func (h *Handler) security(w http.ResponseWriter, r *http.Request, a access, v securityView) error {
	now, c := h.now(), a.seller.Choices
	p := templates.Security{
		Frame: h.frame(a, securityPath), Saved: v.saved, Fault: v.fault,
		Forget: securityPath + "/device", SignOut: securityPath + "/sign-out", SignOutAll: securityPath + "/sign-out-everywhere", Rename: securityPath + "/name", Remove: securityPath + "/remove",
		Choices: securityPath + "/choices", Locale: h.locale(r, a), ZoneName: a.seller.TimeZone,
		Longer: securityPath + "/longer", Hours: int(c.ExtraWait / time.Hour), Travel: securityPath + "/travel",
		FirstDay: now.In(templates.Zone(a.seller.TimeZone)).Format(time.DateOnly),
		LastDay:  now.In(templates.Zone(a.seller.TimeZone)).Add(approvals.MaxTravel).AddDate(0, 0, -1).Format(time.DateOnly),
		History:  historyPath, Check: checkPath, Return: templates.Link(a.home()),
	}
	if a.seller.Locked {
		p.Locked = "/locked"
	}
	if a.seller.Travelling(now) {
		p.TravelUntil = c.TravelUntil
	}
	for _, contact := range a.seller.Told(now) {
		p.Addresses = append(p.Addresses, templates.AddressCard{
			Email: templates.MaskEmail(contact.Email), Since: contact.Since, RetiredAt: contact.RetiredAt,
		})
	}
	if err := errors.Join(h.securityProofs(r, a, &p), h.securityDevices(r.Context(), a, &p)); err != nil {
		return err
	}
	devices, err := h.Sessions.Devices(r, a.visit)
	if err != nil {
		return err
	}
	for _, d := range devices {
		p.Devices = append(p.Devices, templates.DeviceCard{
			Handle: d.Handle, Device: templates.DeviceFrom(d.UserAgent), BegunAt: d.BegunAt, SeenAt: d.SeenAt, Here: d.Here,
		})
	}
	return h.show(w, r, a, v.status, p)
}

// securityProofs fills what the seller proves with.
func (h *Handler) securityProofs(r *http.Request, a access, p *templates.Security) error {
	list, err := h.Auth.Authenticators(r.Context(), a.seller.SellerKey)
	if err != nil {
		return err
	}
	calm, err := h.calm(r.Context(), a)
	if err != nil {
		return err
	}
	open := calm && !a.seller.Locked
	h.securityPeople(a, open && len(list) > 0, p)
	for _, one := range list {
		if one.DisabledAt.IsZero() {
			c := card(one, h.now())
			c.Remove = open && removable(one) && !lastOne(list)
			p.Authenticators = append(p.Authenticators, c)
		}
	}
	switch {
	case a.seller.Locked:
	case len(list) == 0:
		p.Enrol = enrolPath
	case open:
		p.Add = enrolPath
	default:
		p.Busy = true
	}
	if len(list) > 0 && !a.seller.Locked {
		p.Codes, p.Recover = codesPath, recoverPath
	}
	codes, err := h.Auth.RecoverySet(r.Context(), a.seller.SellerKey)
	p.HasCodes, p.CodesLeft = !codes.MadeAt.IsZero(), codes.Left
	return err
}

func card(one auth.Authenticator, now time.Time) templates.AuthenticatorCard {
	c := templates.AuthenticatorCard{
		ID: one.ID, Method: one.Method, Name: one.Name, Provider: one.Provider, CreatedAt: one.CreatedAt,
		LastUsedAt: one.LastUsedAt, Pending: one.Pending(),
	}
	if now.Before(one.UsableFrom) {
		c.UsableFrom = one.UsableFrom
	}
	return c
}
