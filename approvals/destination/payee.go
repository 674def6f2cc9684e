package destination

import (
	"slices"
	"strings"
	"unicode"
)

// PayeeOutcome is what the name check of d is worth, "" where none was supplied.
// Whoever shows or judges a check uses this and not the supplied result.
//
// A reason code says more exactly what happened than the result beside it, so the
// worse of the two stands. The scheme's codes for "could not be checked" explain
// any other result away, since some institutions report them as no match (THREATS
// §4: a switched account is not a mismatch). What is left in doubt is never a
// match but unavailable: a code that the scheme does not have (VP-05), a match
// that returns another name than the holder's, and a scheme that cannot have
// looked at an account of this kind (VP-06). Doubt takes nothing else away: a
// supplied close or no match stands.
func (d Destination) PayeeOutcome() PayeeResult {
	c := d.PayeeCheck
	if c == nil {
		return ""
	}
	said, doubtful := c.Result, !d.checkable(c.Scheme)
	if c.Code != "" {
		meant, known := payeeCodes[c.Scheme][c.Code]
		switch {
		case !known:
			doubtful = true
		case meant == PayeeUnavailable:
			return PayeeUnavailable
		default:
			said = worseResult(said, meant)
		}
	}
	if said == PayeeMatch && (doubtful || c.Name != "" && folded(c.Name) != folded(d.Holder)) {
		return PayeeUnavailable
	}
	return said
}

// PayeeName is the name that the bank returned, where the holder's is close to
// it (VP-02); "" otherwise.
func (d Destination) PayeeName() string {
	if d.PayeeOutcome() != PayeeClose {
		return ""
	}
	return d.PayeeCheck.Name
}

// payeeCodes is what each reason code of a scheme means for the holder's name:
// VP-02 for Verification of Payee, VP-05 for Confirmation of Payee, which has no
// code for a match.
var payeeCodes = map[PayeeScheme]map[string]PayeeResult{
	VerificationOfPayee: {
		"MTCH": PayeeMatch,
		"CMTC": PayeeClose,
		"NMTC": PayeeNoMatch,
		"NOAP": PayeeUnavailable,
	},
	ConfirmationOfPayee: {
		"ANNM": PayeeNoMatch,     // the name does not match
		"MBAM": PayeeClose,       // the name may match
		"BANM": PayeeClose,       // it matches, but the account is a business's
		"PANM": PayeeClose,       // it matches, but the account is a person's
		"BAMM": PayeeClose,       // it may match, and the account is a business's
		"PAMM": PayeeClose,       // it may match, and the account is a person's
		"AC01": PayeeUnavailable, // no such account
		"IVCR": PayeeUnavailable, // no such roll number or reference
		"ACNS": PayeeUnavailable, // an account of a kind that is not checked
		"OPTO": PayeeUnavailable, // the holder opted out
		"CASS": PayeeUnavailable, // the account was switched to another bank
		"SCNS": PayeeUnavailable, // the sort code is not checked
	},
}

// worseResult returns whichever says less good of the name.
func worseResult(a, b PayeeResult) PayeeResult {
	order := []PayeeResult{PayeeMatch, PayeeUnavailable, PayeeClose, PayeeNoMatch}
	return order[max(slices.Index(order, a), slices.Index(order, b), 0)]
}

// checkable reports whether the scheme looks at accounts like this one: one
// compares names with IBANs, the other with British accounts.
func (d Destination) checkable(s PayeeScheme) bool {
	if s == ConfirmationOfPayee {
		return d.CountryCode() == "GB"
	}
	return d.IBAN != ""
}

// folded is a name without what banks write differently: case, spaces and
// punctuation.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
