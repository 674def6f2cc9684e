package seller

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/templates"
)

// change takes one form of S11: do says what was saved, or why nothing was. A
// page whose token is not this session's own is shown again.
func (h *Handler) change(w http.ResponseWriter, r *http.Request, do func(context.Context, access, form) (templates.SecuritySaved, templates.SecurityFault, error)) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	saved, fault, err := do(r.Context(), a, f)
	if err != nil {
		return err
	}
	if fault != templates.FaultNone {
		return h.security(w, r, a, securityView{status: http.StatusUnprocessableEntity, fault: fault})
	}
	a.visit.Values.Done = string(saved)
	if err := h.touch(w, r, a.visit); err != nil {
		return err
	}
	return seeOther(w, securityPath)
}

// securityChoices saves the language and the time zone.
func (h *Handler) securityChoices(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		l, zone := templates.Locale(f.get("locale")), strings.TrimSpace(f.get("zone"))
		if !l.Known() {
			return "", "", approvals.Invalid()
		}
		if !zoneKnown(zone) {
			return "", templates.FaultZone, nil
		}
		if err := h.Approvals.Prefer(ctx, a.seller.SellerKey, string(l), zone); err != nil {
			return "", "", err
		}
		return templates.SavedChoices, "", h.Sessions.SetLocale(w, string(l))
	})
}

// zoneKnown reports whether zone is the name of a time zone of the world. The
// empty name and "Local" are of this machine.
func zoneKnown(zone string) bool {
	if zone == "" || zone == "Local" || len(zone) > 64 {
		return false
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}

// securityLonger adds hours to every wait to come.
func (h *Handler) securityLonger(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		hours, err := strconv.Atoi(strings.TrimSpace(f.get("hours")))
		if err != nil || hours < 0 || hours > int(approvals.MaxExtraWait/time.Hour) {
			return "", templates.FaultHours, nil
		}
		err = h.Approvals.WaitLonger(ctx, a.seller.SellerKey, time.Duration(hours)*time.Hour)
		if is(err, approvals.CodeLessCare) {
			return "", templates.FaultHoursLess, nil
		}
		return templates.SavedWait, "", err
	})
}

// securityTravel lets nothing go forward until the end of a day, in the
// seller's zone.
func (h *Handler) securityTravel(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(f.get("until")), templates.Zone(a.seller.TimeZone))
		if err != nil {
			return "", templates.FaultTravel, nil
		}
		err = h.Approvals.TravelLock(ctx, a.seller.SellerKey, day.AddDate(0, 0, 1).UTC())
		switch {
		case is(err, approvals.CodeLessCare):
			return "", templates.FaultTravelLess, nil
		case is(err, approvals.CodeInvalid):
			return "", templates.FaultTravel, nil
		}
		return templates.SavedTravel, "", err
	})
}

// securityName gives an authenticator another name.
func (h *Handler) securityName(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		err := h.Auth.Rename(ctx, a.seller.SellerKey, f.get("authenticator"), f.get("name"))
		if is(err, approvals.CodeInvalid) || is(err, approvals.CodeNotFound) {
			return "", templates.FaultName, nil
		}
		return templates.SavedName, "", err
	})
}
