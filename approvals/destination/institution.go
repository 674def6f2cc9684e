package destination

import "strings"

// InstitutionClass is what kind of firm keeps an account.
type InstitutionClass string

// The classes. An institution nobody wrote down is unknown, not suspect.
const (
	Bank               InstitutionClass = "bank"
	EMoney             InstitutionClass = "e_money"
	PaymentInstitution InstitutionClass = "payment_institution"
	UnknownInstitution InstitutionClass = "unknown"
)

// Institution is a hint at who keeps an account. It comes from public lists
// that nobody vouches for, and says nothing of whose the account is: ordinary
// small firms are paid into e-money accounts. A hint is weak, and never enough
// to stop anything by itself (THREATS §4).
type Institution struct {
	Class InstitutionClass
	// Name, Source and AsOf (the day the source was read, as 2026-11-23) are
	// empty where the class is unknown.
	Name, Source, AsOf string
	// Unofficial is true of every hint: none is from a licensed directory.
	Unofficial bool
}

// Institution returns what is known of who keeps the account; the class is
// unknown for most accounts, and for one that does not validate.
//
// The number that money follows comes first: the longest prefix of the sort code
// or of the bank's number that is known. The bank letters of a British or Irish
// IBAN only count where that says nothing, since anybody can write other
// letters in front of a sort code and work out fitting check digits.
func (d Destination) Institution() Institution {
	return hints.find(d)
}

// hint is one row: who keeps the accounts of a country whose numbers begin with
// code, or whose IBANs carry letters. Exactly one of the two is set.
type hint struct {
	country, code, letters string
	class                  InstitutionClass
	name, source           string
}

// hintTable is read as a whole; see hints.
type hintTable []hint

func (t hintTable) find(d Destination) Institution {
	a, problems := d.account()
	if problems != nil {
		return Institution{Class: UnknownInstitution}
	}
	code, letters := a.bank()
	var best hint
	for _, h := range t {
		if h.country == a.country && h.code != "" && strings.HasPrefix(code, h.code) && len(h.code) > len(best.code) {
			best = h
		}
	}
	for _, h := range t {
		if best.name == "" && h.country == a.country && h.letters != "" && h.letters == letters {
			best = h
		}
	}
	if best.name == "" {
		return Institution{Class: UnknownInstitution}
	}
	return Institution{Class: best.class, Name: best.name, Source: best.source, AsOf: hintsReadOn, Unofficial: true}
}

// bank returns the number by which the account's country tells its banks apart,
// with what follows it, and the bank letters where an IBAN has them.
func (a account) bank() (code, letters string) {
	switch {
	case a.iban != "" && (a.country == "GB" || a.country == "IE"):
		return a.iban[8:14], a.iban[4:8]
	case a.iban != "":
		return a.iban[4:], ""
	case a.sortCode != "":
		return a.sortCode, ""
	}
	return a.routing, ""
}

// ClassShift reports whether money that went to a bank is to go to an e-money or
// payment institution from now on. It is as weak as the hints it is made of; an
// institution that is not known shifts nothing.
func ClassShift(from, to Destination) bool {
	next := to.Institution().Class
	return from.Institution().Class == Bank && (next == EMoney || next == PaymentInstitution)
}
