package destination

import "slices"

// ModulusTable checks the numbers of British accounts by the rules their banks
// published: most have digits that depend on the others, so that a typo shows.
// The rules are licensed, so none is in here; ParseModulusTable reads the
// operator's own download (THREATS §7).
//
// A number that passes need not exist, and one that fails says nothing of the
// person who typed it. So it is a reason to ask for the number again and nothing
// else, and never a signal. The nil table passes every account.
type ModulusTable struct {
	rules       []modulusRule
	substitutes map[string]string
}

// modulusRule is one row: the sort codes from and to, and all between them.
type modulusRule struct {
	line      int
	from, to  string
	method    modulusMethod
	weights   [modulusDigits]int
	exception int // 0 where there is none
}

// modulusMethod is how a weighted sum is made and divided.
type modulusMethod string

const (
	mod10 modulusMethod = "MOD10" // by 10
	mod11 modulusMethod = "MOD11" // by 11
	dblal modulusMethod = "DBLAL" // the digits of each product are added, by 10
)

// modulusDigits is a sort code and an account number, named u v w x y z a to h in
// the rules.
const modulusDigits = 14

// Places of the digits that exceptions look at.
const (
	placeA, placeB, placeC = 6, 7, 8
	placeG, placeH         = 12, 13
)

// Typo returns a problem with the number of a British account, on the field in
// which it was written, or nothing. Accounts elsewhere, sort codes without a rule,
// and accounts that do not validate anyway pass.
func (t *ModulusTable) Typo(d Destination) []FieldError {
	a, problems := d.account()
	if t == nil || problems != nil || a.country != "GB" {
		return nil
	}
	if a.iban != "" {
		if t.plausible(a.iban[8:14], a.iban[14:]) {
			return nil
		}
		return problem("iban", "holds a sort code and an account number that do not belong together: one of their digits is mistyped")
	}
	if t.plausible(a.sortCode, a.number) {
		return nil
	}
	return problem("account_number", "does not fit this sort code: one of the digits of either is mistyped")
}

// plausible applies the one or two rules of a sort code. With two, both must hold,
// but for the pairs of exceptions of which one is enough, and where the second is
// not to be looked at.
func (t *ModulusTable) plausible(sortCode, number string) bool {
	rules := t.covering(sortCode)
	if len(rules) == 0 {
		return true
	}
	first := t.holds(rules[0], sortCode, number)
	if len(rules) == 1 {
		return first
	}
	second := rules[1]
	switch pair := [2]int{rules[0].exception, second.exception}; {
	case pair == [2]int{2, 9}, pair == [2]int{10, 11}, pair == [2]int{12, 13}:
		return first || t.holds(second, sortCode, number)
	case second.exception == 3 && (number[2] == '6' || number[2] == '9'):
		return first
	}
	return first && t.holds(second, sortCode, number)
}

// covering returns the rules of a sort code in the order of the table.
func (t *ModulusTable) covering(sortCode string) []modulusRule {
	var out []modulusRule
	for _, r := range t.rules {
		if r.from <= sortCode && sortCode <= r.to {
			out = append(out, r)
		}
	}
	return out
}

// holds reports whether an account fits one rule.
func (t *ModulusTable) holds(r modulusRule, sortCode, number string) bool {
	d := digitsOf(t.standIn(r, sortCode) + number)
	if r.exception == 6 && d[placeA] >= 4 && d[placeA] <= 8 && d[placeG] == d[placeH] {
		return true // in a foreign currency: cannot be checked
	}
	rest := r.remainder(d)
	switch r.exception {
	case 4:
		return rest == 10*d[placeG]+d[placeH]
	case 5:
		return r.checkDigit(rest, d)
	case 14:
		return rest == 0 || r.shifted(d)
	}
	return rest == 0
}

// standIn is the sort code that a rule computes with instead of the account's own.
func (t *ModulusTable) standIn(r modulusRule, sortCode string) string {
	switch r.exception {
	case 5:
		if other, ok := t.substitutes[sortCode]; ok {
			return other
		}
	case 8:
		return "090126"
	case 9:
		return "309634"
	}
	return sortCode
}

// Weights that take a rule's place by exception 2.
var (
	weightsLongOf2  = [modulusDigits]int{0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1}
	weightsShortOf2 = [modulusDigits]int{0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1}
)

// weightsFor are the weights for these digits.
func (r modulusRule) weightsFor(d [modulusDigits]int) [modulusDigits]int {
	w := r.weights
	nine := d[placeG] == 9
	switch {
	case r.exception == 2 && d[placeA] != 0 && nine:
		return weightsShortOf2
	case r.exception == 2 && d[placeA] != 0:
		return weightsLongOf2
	case r.exception == 7 && nine,
		r.exception == 10 && nine && (d[placeA] == 0 || d[placeA] == 9) && d[placeB] == 9:
		clear(w[:placeB+1])
	}
	return w
}

// remainder is what the weighted sum leaves.
func (r modulusRule) remainder(d [modulusDigits]int) int {
	sum := 0
	for i, w := range r.weightsFor(d) {
		product := w * d[i]
		if r.method != dblal {
			sum += product
			continue
		}
		for ; product > 0; product /= 10 {
			sum += product % 10
		}
	}
	if r.exception == 1 {
		sum += 27
	}
	if r.method == mod11 {
		return sum % 11
	}
	return sum % 10
}

// checkDigit is exception 5: what is left has to be made up by a digit of the
// number, g after a division by 11 and h after one by 10. No digit makes up for a
// 1 that a division by 11 leaves.
func (r modulusRule) checkDigit(rest int, d [modulusDigits]int) bool {
	if r.method == mod11 {
		return (11-rest)%11 == d[placeG]
	}
	return (10-rest)%10 == d[placeH]
}

// shifted is exception 14: where the last digit is 0, 1 or 9 it may be one that
// was added, and the number is tried without it.
func (r modulusRule) shifted(d [modulusDigits]int) bool {
	if !slices.Contains([]int{0, 1, 9}, d[placeH]) {
		return false
	}
	copy(d[placeA+1:], d[placeA:placeH])
	d[placeA] = 0
	return r.remainder(d) == 0
}

func digitsOf(s string) (d [modulusDigits]int) {
	for i := range d {
		d[i] = int(s[i] - '0')
	}
	return d
}
