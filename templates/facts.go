package templates

import (
	"strings"
	"time"

	"countersign/approvals"
)

// Facts is what an action says about itself. Pages and mails print the same
// value, filled once from the stored action, so that they cannot differ
// (STANDARDS TA-01, EM-07).
type Facts struct {
	Reference string // "BD-7K4Q-2M9X"
	Kind      approvals.Kind
	Name      string   // of the seller, as the marketplace knows it
	Business  string   // may be empty
	From      *Account // nil when the seller had no account before
	To        Account
	Loan      *Loan    // of a loan.disbursement
	Defined   *Defined // of a kind that a marketplace defines; it may name no account, and To is empty then
	Before    *Before  // of a switch, of a loan and of a defined kind; nil where it was not looked up
	Asked     Asked
}

// Before says whether this seller's money has gone to the account before.
type Before struct {
	Since time.Time // zero: never
	Until time.Time // zero: it is where the seller is paid
}

// Asked says who asked for the action, when and from where.
type Asked struct {
	At     time.Time
	Login  Login // how the one who asked had signed in
	Device Device
	Place  Place
}

// Login is how somebody signed in at the marketplace, as it told us.
type Login string

const (
	LoginUnknown  Login = ""
	LoginPassword Login = "password"
	LoginCode     Login = "code" // a password and a one-time code
	LoginPasskey  Login = "passkey"
	LoginSSO      Login = "sso"
)

// Place is where a request came from. A country is all that is told, because
// cities are wrong too often.
type Place struct {
	Country string // ISO 3166-1 alpha-2; empty when not known
	IP      string // empty when not known
	Usual   string // country of the last sign-ins, if it is another; else empty
}

// ShortReference is what subjects and headings quote: "BD-7K4Q".
func (f Facts) ShortReference() string {
	parts := strings.Split(f.Reference, "-")
	return strings.Join(parts[:min(2, len(parts))], "-")
}

// family picks between the sentences for a change of account, for a first one,
// where there is no old one to go on being paid into, and for what is none.
func (f Facts) family() string {
	switch {
	case f.Kind == approvals.ContactChange:
		return "contact"
	case f.Kind == approvals.AuthenticatorAdd:
		return "add"
	case f.Kind == approvals.AuthenticatorRemove:
		return "remove"
	case f.Kind == approvals.ApproverAdd:
		return "invite"
	case f.Kind == approvals.ApproverRemove:
		return "dismiss"
	case f.Loan != nil:
		return "loan"
	case f.Defined != nil:
		return "defined"
	case f.From == nil:
		return "first"
	case f.Kind == approvals.PayoutAccountSwitch:
		return "switch"
	}
	return "payout"
}

// Paid is the account that goes on being paid while this waits, nil for none.
func (f Facts) Paid() *Account {
	if f.Kind.Own() {
		return nil
	}
	return f.From
}

// side labels the old or the new side of a change: key, or the word for what is
// no bank account.
func (w *words) side(f Facts, which, key string) (string, error) {
	if f.Kind.Own() {
		return w.t("side." + which + "." + f.family())
	}
	return w.t(key)
}

// about returns the message of key that fits these facts, which may name the
// last digits of both accounts, or both addresses, the sum of a loan, the name of a
// defined kind, and the short reference. A switch says what a change does where it has no words of its
// own.
func (w *words) about(f Facts, key string, pairs ...any) (string, error) {
	old, sum, kind := "", "", ""
	if f.From != nil {
		old = f.From.short()
	}
	if f.Loan != nil {
		var err error
		if sum, err = w.money(f.Loan.Sum); err != nil {
			return "", err
		}
	}
	if f.Defined != nil {
		if kind = w.kindName(*f.Defined); strings.Contains(key, ".subject") {
			kind = cut(kind, subjectKind)
		}
	}
	family := f.family()
	if family == "switch" && w.keys[key+"."+family] == nil {
		family = "payout"
	}
	return w.t(key+"."+family, append([]any{"Old", old, "New", f.To.short(), "Sum", sum, "Kind", kind, "Ref", f.ShortReference()}, pairs...)...)
}

// before says when the seller's money went to the account.
func (w *words) before(b Before, zone *time.Location) (string, error) {
	key, at, date := "age.since", b.Since, w.brief
	switch {
	case b.Since.IsZero():
		return w.t("age.never")
	case !b.Until.IsZero():
		key, at, date = "age.until", b.Until, w.month
	}
	when, err := date(zone, at)
	if err != nil {
		return "", err
	}
	return w.t(key, "When", when)
}

// row is one line of a list of facts.
type row struct{ Label, Value string }

// who is "Someone signed in as Giulia Ferri, with a password". It does not
// say that the seller asked: that is the question.
func (w *words) who(f Facts) (string, error) {
	if f.Asked.Login == LoginUnknown {
		return w.t("who.someone", "Name", f.Name)
	}
	return w.t("who."+string(f.Asked.Login), "Name", f.Name)
}

// place is "Netherlands, IP 203.0.113.24", or what is known of it.
func (w *words) place(p Place) (string, error) {
	parts := []string{}
	if p.Country != "" {
		country, err := w.country(p.Country)
		if err != nil {
			return "", err
		}
		parts = append(parts, country)
	}
	if p.IP != "" {
		parts = append(parts, "IP "+p.IP)
	}
	if p.Usual != "" && p.Usual != p.Country {
		country, err := w.country(p.Usual)
		if err != nil {
			return "", err
		}
		usual, err := w.t("place.usual", "Country", country)
		if err != nil {
			return "", err
		}
		parts = append(parts, usual)
	}
	return strings.Join(parts, ", "), nil
}
