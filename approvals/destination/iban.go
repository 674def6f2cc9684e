package destination

import (
	"fmt"
	"strings"
)

// ibanAccount checks an IBAN: registered country, its length and structure, and
// the check digits of ISO 7064 MOD 97-10 (ISO 13616-1).
func ibanAccount(written string) (account, []FieldError) {
	iban, ok := tidy(written)
	switch {
	case !ok:
		return account{}, problem("iban", "may hold only letters A to Z, digits, spaces and dashes, 34 characters at most")
	case len(iban) < 4 || !digits(iban[2:4]):
		return account{}, problem("iban", "must begin with a country code and two check digits, such as DE89")
	}
	country := iban[:2]
	structure, known := bban[country]
	if !known {
		return account{}, problem("iban", fmt.Sprintf("begins with %q, which is not a country in the IBAN registry", country))
	}
	if want := 4 + structure.length(); len(iban) != want {
		return account{}, problem("iban", fmt.Sprintf("has %d characters; one from %s has %d", len(iban), country, want))
	}
	if !structure.fits(iban[4:]) {
		return account{}, problem("iban", fmt.Sprintf("has a letter or digit in a place where one from %s cannot have it", country))
	}
	// 00, 01 and 99 leave the same remainder as 97, 98 and 02: three more
	// spellings that no bank issues.
	if check := iban[2:4]; check < "02" || check > "98" || mod97(iban[4:]+iban[:4]) != 1 {
		return account{}, problem("iban", "has wrong check digits: one of its characters is mistyped")
	}
	return account{country: country, iban: iban}, nil
}

// mod97 is the remainder by 97 of the number that s spells, letters counting as
// 10 to 35. s holds A-Z and 0-9 alone.
func mod97(s string) int {
	rest := 0
	for _, c := range []byte(s) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// fields is the structure of a country's BBAN: lengths with a class each, as
// "4a6n8n". Class n is digits, a is letters, c is either.
type fields string

// each calls f with the length and class of every field, in order.
func (s fields) each(f func(length int, class byte)) {
	length := 0
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			length = length*10 + int(c-'0')
			continue
		}
		f(length, c)
		length = 0
	}
}

// length is the number of characters of the whole BBAN.
func (s fields) length() int {
	sum := 0
	s.each(func(length int, _ byte) { sum += length })
	return sum
}

// fits reports whether b, which has the right length, has each class of
// character in its place.
func (s fields) fits(b string) bool {
	ok := true
	s.each(func(length int, class byte) {
		part := b[:length]
		b = b[length:]
		switch class {
		case 'n':
			ok = ok && digits(part)
		case 'a':
			ok = ok && !strings.ContainsAny(part, "0123456789")
		}
	})
	return ok
}
