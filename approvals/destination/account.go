package destination

import "strings"

// account is a destination's number, checked and in data form. Exactly one of
// iban, sortCode and routing is set; number goes with the latter two.
type account struct {
	country  string
	iban     string
	sortCode string
	routing  string
	number   string
}

// account reads the one account that d names. It returns problems instead when
// there is none, more than one, or a broken one.
func (d Destination) account() (account, []FieldError) {
	uk := d.SortCode != ""
	us := d.RoutingNumber != ""
	switch {
	case d.IBAN != "" && !uk && !us && d.AccountNumber == "":
		return ibanAccount(d.IBAN)
	case uk && d.IBAN == "" && !us:
		return ukAccount(d.SortCode, d.AccountNumber)
	case us && d.IBAN == "" && !uk:
		return usAccount(d.RoutingNumber, d.AccountNumber)
	case d.AccountNumber != "" && d.IBAN == "" && !uk && !us:
		return account{}, problem("account_number", "needs sort_code (UK) or routing_number (US) beside it")
	}
	return account{}, problem("iban", "give exactly one of iban, sort_code with account_number, or routing_number with account_number")
}

// ukAccount checks a UK sort code and account number by shape. The modulus
// check needs tables that may not be shipped (THREATS §7).
func ukAccount(sortCode, number string) (account, []FieldError) {
	var problems []FieldError
	sort, ok := tidy(sortCode)
	if !ok || len(sort) != 6 || !digits(sort) {
		problems = append(problems, problem("sort_code", "must be 6 digits, such as 12-34-56")...)
	}
	num, ok := tidy(number)
	if !ok || len(num) != 8 || !digits(num) {
		problems = append(problems, problem("account_number", "must be 8 digits; a shorter UK number takes zeros in front")...)
	}
	return account{country: "GB", sortCode: sort, number: num}, problems
}

// usAccount checks a US routing number with its ABA check digit, and an account
// number by shape (4 to 17 digits, as the ACH record has room for).
func usAccount(routing, number string) (account, []FieldError) {
	var problems []FieldError
	aba, ok := tidy(routing)
	switch {
	case !ok || len(aba) != 9 || !digits(aba):
		problems = append(problems, problem("routing_number", "must be 9 digits")...)
	case !abaChecks(aba):
		problems = append(problems, problem("routing_number", "has a wrong check digit: one of its digits is mistyped")...)
	}
	num, ok := tidy(number)
	if !ok || len(num) < 4 || len(num) > 17 || !digits(num) || strings.Trim(num, "0") == "" {
		problems = append(problems, problem("account_number", "must be 4 to 17 digits")...)
	}
	return account{country: "US", routing: aba, number: num}, problems
}

// abaChecks reports whether nine digits satisfy the ABA check: weights 3, 7, 1
// repeated, sum divisible by ten.
func abaChecks(s string) bool {
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += weight * int(s[i]-'0')
	}
	return sum != 0 && sum%10 == 0
}

// canonical is the one spelling of an account. Check digits are left out (they
// follow from the rest), and so are the bank letters of British and Irish
// IBANs: the sort code alone says which bank it is, and a bank that renames
// itself (BARC, BUKB) keeps its customers' accounts. Leading zeros of a US
// account number are padding.
func (a account) canonical() string {
	switch {
	case a.iban != "" && (a.country == "GB" || a.country == "IE"):
		return a.country + "/" + a.iban[8:14] + "/" + a.iban[14:]
	case a.iban != "":
		return a.country + "/" + a.iban[4:]
	case a.sortCode != "":
		return a.country + "/" + a.sortCode + "/" + a.number
	}
	return a.country + "/" + a.routing + "/" + strings.TrimLeft(a.number, "0")
}

// tidy removes the separators people write in account numbers and makes ASCII
// letters capital. It reports false when anything else than A-Z and 0-9 is
// left: look-alike letters and invisible characters are refused, not folded.
func tidy(s string) (string, bool) {
	if len(s) > maxNumber {
		return "", false
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == ' ', r == '-', r == '\u00a0', r == '\u202f', r == '\u2010', r == '\u2011':
		case r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// maxNumber bounds, in bytes, how long a number may be with its separators: 34
// characters with three bytes before each, and some to spare.
const maxNumber = 160

// digits reports whether s holds ASCII digits alone.
func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// upper makes ASCII letters capital and leaves everything else, so that no
// other letter turns into one of them.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
