package destination

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// InvalidError says which fields of a destination are wrong and why. It never
// quotes an account number.
type InvalidError struct {
	Fields []FieldError
}

// FieldError is one wrong field.
type FieldError struct {
	Field   string // as in JSON: "iban", "payee_check.result"
	Problem string // continues the field's name: "must be 6 digits"
}

// Error lists the fields in the order of Destination.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + " " + f.Problem
	}
	return "destination: " + strings.Join(parts, "; ")
}

// problem is one FieldError, as the checks return them.
func problem(field, text string) []FieldError {
	return []FieldError{{Field: field, Problem: text}}
}

// Limits on text, in characters. 140 is the length of a name in ISO 20022.
const (
	maxName = 140
	maxCode = 35
)

// Validate returns nil or an *InvalidError that names every wrong field.
func (d Destination) Validate() error {
	a, problems := d.account()
	if problems == nil {
		problems = append(problems, checkCountry(a.country, upper(d.Country))...)
	}
	problems = append(problems, checkText("holder", d.Holder, maxName)...)
	if strings.TrimSpace(d.Holder) == "" {
		problems = append(problems, problem("holder", "must name the person or company that holds the account")...)
	}
	problems = append(problems, checkText("bank_name", d.BankName, maxName)...)
	problems = append(problems, d.PayeeCheck.problems()...)
	if problems != nil {
		return &InvalidError{Fields: problems}
	}
	return nil
}

// checkCountry compares the country that was declared, if any, with the
// account's own.
func checkCountry(of, declared string) []FieldError {
	if declared == "" || declared == of || slices.Contains(shares[of], declared) {
		return nil
	}
	if len(declared) != 2 || declared[0] < 'A' || declared[0] > 'Z' || declared[1] < 'A' || declared[1] > 'Z' {
		return problem("country", "must be a two-letter country code (ISO 3166-1)")
	}
	return problem("country", fmt.Sprintf("is %s, but the account is in %s", declared, of))
}

// problems checks the closed lists and the texts of a name check; a destination
// without one is fine.
func (c *PayeeCheck) problems() []FieldError {
	if c == nil {
		return nil
	}
	var problems []FieldError
	switch c.Scheme {
	case VerificationOfPayee, ConfirmationOfPayee:
	default:
		problems = append(problems, problem("payee_check.scheme", "must be vop or cop")...)
	}
	switch c.Result {
	case PayeeMatch, PayeeClose, PayeeNoMatch, PayeeUnavailable:
	default:
		problems = append(problems, problem("payee_check.result", "must be match, close, no_match or unavailable")...)
	}
	problems = append(problems, checkText("payee_check.name", c.Name, maxName)...)
	return append(problems, checkText("payee_check.code", c.Code, maxCode)...)
}

// checkText is TextProblem as a FieldError.
func checkText(field, s string, limit int) []FieldError {
	if wrong := TextProblem(s, limit); wrong != "" {
		return problem(field, wrong)
	}
	return nil
}

// TextProblem refuses text that could show a reader something else than it
// holds: control and bidi characters, invisible ones, broken UTF-8; and text of
// more than limit characters. It returns "" for text that is fine, otherwise
// what continues the field's name.
func TextProblem(s string, limit int) string {
	switch {
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(s) > limit:
		return fmt.Sprintf("may have %d characters at most", limit)
	case strings.ContainsFunc(joined(s), deceptive):
		return "holds a control, bidi or invisible character"
	}
	return ""
}

// joiner matches what some scripts need between two letters to join or part them.
var joiner = regexp.MustCompile(`([\pL\pM])[\x{200c}\x{200d}](\pL)`)

// joined is s without the joiners that stand between letters.
func joined(s string) string { return joiner.ReplaceAllString(s, "$1$2") }

// deceptive reports whether r prints nothing itself, or changes the order of
// what stands around it.
func deceptive(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
