package templates

import (
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
)

// FactsOf reads the facts of a stored action, the only source pages and mails
// have for them: no field comes from a browser (STANDARDS TA-01). It fails for
// details that do not parse, which creation has ruled out.
func FactsOf(a approvals.Action, seller approvals.Seller) (Facts, error) {
	f := Facts{
		Reference: a.Reference,
		Kind:      a.Kind,
		Name:      seller.Name,
		Asked: Asked{
			At:     a.CreatedAt,
			Login:  LoginOf(a.Context.LoginMethod),
			Device: DeviceFrom(a.Context.UserAgent),
			Place:  Place{IP: a.Context.IP},
		},
	}
	if swap, ok := approvals.ContactsOf(a); ok {
		f.From, f.To = &Account{Text: swap.From.Email}, Account{Text: swap.To.Email}
		return f, nil
	}
	if ref, ok := approvals.AuthenticatorOf(a); ok {
		f.To = Account{Text: harmless(ref.Name)} // a name is what a thief typed, perhaps
		return f, nil
	}
	if ref, ok := approvals.ApproverOf(a); ok {
		f.To = Account{Text: person(ref.Name, ref.Email)}
		return f, nil
	}
	if f.Defined = definedOf(a, &f.To); f.Defined != nil {
		f.Before = beforeOf(a)
		return f, nil
	}
	to, err := a.Destination()
	if err != nil || to == nil {
		return Facts{}, fmt.Errorf("read facts of action %s: %w", a.ID, err)
	}
	f.To, f.Loan = AccountOf(*to), loanOf(a)
	if f.Loan != nil || a.Kind == approvals.PayoutAccountSwitch {
		f.Before = beforeOf(a)
	}
	change, err := a.Change()
	if err != nil {
		return Facts{}, fmt.Errorf("read facts of action %s: %w", a.ID, err)
	}
	if change.From != nil {
		from := AccountOf(*change.From)
		f.From = &from
	}
	return f, nil
}

// inUse is how fresh the last use of an account is that still goes on.
const inUse = 24 * time.Hour

// beforeOf says what was found when the action was created.
func beforeOf(a approvals.Action) *Before {
	paid := a.Decision.Paid
	switch {
	case paid == nil:
		return nil
	case paid.Last.IsZero() || a.CreatedAt.Sub(paid.Last) < inUse:
		return &Before{Since: paid.Since}
	}
	return &Before{Since: paid.Since, Until: paid.Last}
}

// person is somebody's name, if it leads nowhere, and address.
func person(name, email string) string {
	if name = harmless(name); name == "" {
		return email
	}
	return name + ", " + email
}

// LoginOf reads the sign-in method a marketplace reports. A word it does not
// know is not repeated to the seller.
func LoginOf(method string) Login {
	switch strings.ToLower(strings.TrimSpace(method)) {
	case "password", "pwd":
		return LoginPassword
	case "password+totp", "password+otp", "password+code", "totp", "otp", "mfa", "2fa":
		return LoginCode
	case "passkey", "webauthn":
		return LoginPasskey
	case "sso", "oidc", "saml":
		return LoginSSO
	}
	return LoginUnknown
}

// EndOf says why an expired action ended.
func EndOf(a approvals.Action) End {
	switch {
	case !a.HoldBy.IsZero():
		return EndHold
	case !a.ClaimBy.IsZero():
		return EndMarketplace
	}
	return EndSilence
}

// HoldOf says why a held action is held, until when, and which address could
// not be reached. Of an action that is not held it says nothing.
func HoldOf(a approvals.Action) Hold {
	if a.State != approvals.Held {
		return Hold{}
	}
	h := Hold{Code: a.Hold, Until: a.HoldBy}
	if h.Code == approvals.HoldFrozen {
		h.Code = approvals.HoldReview // which of the two it is would tell a thief what was found
	}
	for _, c := range a.Contacts {
		if a.Hold == approvals.HoldNotice && !c.RefusedAt.IsZero() {
			h.Address = MaskEmail(c.Email)
		}
	}
	return h
}

// MaskEmail shows whose address it is to somebody who knows it: "g•••@x.example".
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "•••"
	}
	first := []rune(address[:at])[0]
	return string(first) + "•••" + address[at:]
}
