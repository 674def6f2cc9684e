package destination

import (
	"fmt"
	"log/slog"
	"strings"
)

// Masked returns the account as pages show it. Of an IBAN the country, the
// check digits and the last four characters: "NL91 •••• … 4300" (the check
// digits depend on the whole number, so that two accounts alike in their last
// four still look different). Of a UK account "••-••-72 ••••1234", of a US one
// "•••••••21 ••••6789". The number of bullets is fixed and says nothing about
// the length. It is "" for an account that does not validate.
func (d Destination) Masked() string {
	return d.masked("•", " •••• … ")
}

// MaskedPlain is Masked for text that has to stay ASCII: "NL91 **** 4300",
// "**-**-72 ****1234", "*******21 ****6789".
func (d Destination) MaskedPlain() string {
	return d.masked("*", " **** ")
}

func (d Destination) masked(bullet, middle string) string {
	a, problems := d.account()
	if problems != nil {
		return ""
	}
	two, four := strings.Repeat(bullet, 2), strings.Repeat(bullet, 4)
	switch {
	case a.iban != "":
		return a.iban[:4] + middle + a.last4()
	case a.sortCode != "":
		return two + "-" + two + "-" + a.sortCode[4:] + " " + four + a.last4()
	}
	return strings.Repeat(bullet, 7) + a.routing[7:] + " " + four + a.last4()
}

// Last4 returns the last four characters of the account ("the account ending
// 4300"), fewer for a US number of less than eight digits: never more than half
// of a number. It is "" for an account that does not validate.
func (d Destination) Last4() string {
	a, problems := d.account()
	if problems != nil {
		return ""
	}
	return a.last4()
}

func (a account) last4() string {
	if a.iban != "" {
		return a.iban[len(a.iban)-4:]
	}
	return a.number[len(a.number)-min(4, len(a.number)/2):]
}

// Spoken holds the two parts of a masked account that a screen reader says; the
// page puts its own words between them ("IT60, hidden, ends 3 4 5 6").
type Spoken struct {
	Start string // "IT60"; "GB, 7 2" and "US, 2 1" for the digits that Masked shows of the bank's code
	End   string // the last four, spaced so that they are read one by one
}

// Spoken returns the masked account for a screen reader, or empty parts for an
// account that does not validate.
func (d Destination) Spoken() Spoken {
	a, problems := d.account()
	if problems != nil {
		return Spoken{}
	}
	end := spaced(a.last4())
	switch {
	case a.iban != "":
		return Spoken{Start: a.iban[:4], End: end}
	case a.sortCode != "":
		return Spoken{Start: "GB, " + spaced(a.sortCode[4:]), End: end}
	}
	return Spoken{Start: "US, " + spaced(a.routing[7:]), End: end}
}

func spaced(s string) string {
	return strings.Join(strings.Split(s, ""), " ")
}

// Grouped returns the whole account in clear, written for a person: an IBAN in
// groups of four, "12-34-56 12345678", "021000021 123456789". Only the answer
// to "Show full number" may hold it. It is "" for an account that does not
// validate.
func (d Destination) Grouped() string {
	a, problems := d.account()
	switch {
	case problems != nil:
		return ""
	case a.sortCode != "":
		return a.sortCode[:2] + "-" + a.sortCode[2:4] + "-" + a.sortCode[4:] + " " + a.number
	case a.routing != "":
		return a.routing + " " + a.number
	}
	var groups []string
	for rest := a.iban; rest != ""; {
		n := min(4, len(rest))
		groups = append(groups, rest[:n])
		rest = rest[n:]
	}
	return strings.Join(groups, " ")
}

// String returns the masked account, without the holder, for logs and errors.
func (d Destination) String() string {
	if s := d.MaskedPlain(); s != "" {
		return s
	}
	return "invalid destination"
}

// Format writes String for every verb and flag, so that no format string prints
// the fields.
func (d Destination) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(d.String()))
}

// LogValue gives slog the masked account.
func (d Destination) LogValue() slog.Value {
	return slog.StringValue(d.String())
}
