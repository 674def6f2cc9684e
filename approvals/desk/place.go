package desk

import (
	"slices"
	"time"

	"countersign/approvals"
)

// ofPlace refuses what cannot be decided of the destination as it is, and says why.
// It can be frozen and denied whether a ring was found or not: friction waits for no
// finding.
func (s Scene) ofPlace(v CaseVerb) error {
	ring, why := s.Facts.Ring, ""
	switch {
	case ring == nil:
		why = "This case is about no account that somebody asked to be paid into."
	case v == AllowDestination && !ring.Denied:
		why = "The account is not on the denied list."
	case v == AllowDestination:
	case ring.Denied:
		why = "The account is on the denied list; that stands above everything else said of it."
	case v == EndRing && ring.Ring == 0 && !ring.Disputed:
		why = "No ring was found about the account, and nobody disputes what was asked for with it."
	case v == DeclareShared && ring.Sellers == 0:
		why = "Everybody who named the account is declared already."
	case v == Split && ring.Declared == 0:
		why = "Nobody is declared to share the account."
	}
	if why != "" {
		return approvals.Refuse(approvals.CodeCaseVerb).With("why", why)
	}
	return nil
}

// sharers refuses a decision that names sellers who have not named the account, a
// seller twice, or one of whom it is so already: at the desk nothing is declared
// beforehand of whom nobody has seen.
func (s Scene) sharers(d Decision) error {
	for i, key := range d.Sellers {
		at := slices.IndexFunc(s.Named, func(n Share) bool { return n.Seller == key })
		message := ""
		switch {
		case at < 0 || slices.Contains(d.Sellers[:i], key):
			message = "must have named this account, each once"
		case d.Verb == DeclareShared && s.Named[at].Declared:
			message = "must not be declared yet"
		case d.Verb == Split && !s.Named[at].Declared:
			message = "must be declared to share the account"
		}
		if message != "" {
			return approvals.Invalid(approvals.FieldError{Field: "sellers", Message: message})
		}
	}
	return nil
}

// said is what sellers are told of a word about a destination: those it is about, and
// never that somebody else named it. Of a denial and a freeze nobody is told: whoever
// put a stolen account there would learn that it is found, and use the next one. What
// is held for it says so by itself, without a reason.
func (s Scene) said(d Decision, now time.Time) []Said {
	what, to := approvals.SecurityEvent(""), []approvals.SellerKey{s.Case.Seller}
	switch d.Verb {
	case EndRing, AllowDestination:
		what = approvals.SecuritySupportChecked
	case DeclareShared:
		what, to = approvals.SecuritySupportKnown, d.Sellers
	case Split:
		what, to = approvals.SecuritySupportUnknown, d.Sellers
	default:
		return nil
	}
	var out []Said
	for _, key := range to {
		out = append(out, Said{Seller: key, Notice: approvals.SecurityNotice{What: what, At: now}})
	}
	return out
}
