package templates

import "strings"

// spell writes a number in the words of the locale, as on a cheque. It is good
// below a trillion of millions, which no amount of 18 digits reaches.
func (w *words) spell(n uint64) string {
	if w.locale == IT {
		return spellIT(n)
	}
	return spellEN(n)
}

var (
	lowEN = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tenEN = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	bigEN = strings.Fields("- thousand million billion trillion quadrillion")

	lowIT = strings.Fields("zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove")
	tenIT = strings.Fields("- - venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
	oneIT = strings.Fields("- mille milione miliardo bilione biliardo")
	bigIT = strings.Fields("- mila milioni miliardi bilioni biliardi")
)

// threes cuts n into groups of three digits, the last first.
func threes(n uint64) []uint64 {
	out := []uint64{n % 1000}
	for n /= 1000; n > 0; n /= 1000 {
		out = append(out, n%1000)
	}
	return out
}

// spellEN is "one million two hundred thousand and one".
func spellEN(n uint64) string {
	groups := threes(n)
	var parts []string
	for i := len(groups) - 1; i > 0; i-- {
		if groups[i] > 0 {
			parts = append(parts, hundredsEN(groups[i]), bigEN[i])
		}
	}
	switch last := groups[0]; {
	case last == 0 && len(parts) > 0:
	case last < 100 && len(parts) > 0:
		parts = append(parts, "and", hundredsEN(last))
	default:
		parts = append(parts, hundredsEN(last))
	}
	return strings.Join(parts, " ")
}

func hundredsEN(n uint64) string {
	switch {
	case n < 20:
		return lowEN[n]
	case n < 100 && n%10 == 0:
		return tenEN[n/10]
	case n < 100:
		return tenEN[n/10] + "-" + lowEN[n%10]
	case n%100 == 0:
		return lowEN[n/100] + " hundred"
	}
	return lowEN[n/100] + " hundred and " + hundredsEN(n%100)
}

// spellIT is "un milione duecentomilauno": one word below a million, and the
// millions before it.
func spellIT(n uint64) string {
	groups := threes(n)
	var parts []string
	for i := len(groups) - 1; i > 1; i-- {
		switch {
		case groups[i] == 1:
			parts = append(parts, "un", oneIT[i])
		case groups[i] > 1:
			parts = append(parts, accented(hundredsIT(groups[i])), bigIT[i])
		}
	}
	low := ""
	if len(groups) > 1 {
		switch {
		case groups[1] == 1:
			low = oneIT[1]
		case groups[1] > 1:
			low = hundredsIT(groups[1]) + bigIT[1]
		}
	}
	if groups[0] > 0 || low == "" && len(parts) == 0 {
		low += hundredsIT(groups[0])
	}
	if low != "" {
		parts = append(parts, accented(low))
	}
	return strings.Join(parts, " ")
}

// hundredsIT drops the vowel of twenty, thirty … before one and eight, and that
// of a hundred before eight.
func hundredsIT(n uint64) string {
	switch {
	case n < 20:
		return lowIT[n]
	case n < 100:
		ten, one := tenIT[n/10], n%10
		if one == 1 || one == 8 {
			ten = ten[:len(ten)-1]
		}
		if one == 0 {
			return ten
		}
		return ten + lowIT[one]
	}
	hundred := "cento"
	if n >= 200 {
		hundred = lowIT[n/100] + hundred
	}
	rest := n % 100
	if rest == 0 {
		return hundred
	}
	if rest == 8 || rest >= 80 && rest < 90 {
		hundred = hundred[:len(hundred)-1]
	}
	return hundred + hundredsIT(rest)
}

// accented marks a "tre" at the end of a longer word: "ventitré".
func accented(word string) string {
	if head, ok := strings.CutSuffix(word, "tre"); ok && head != "" {
		return head + "tré"
	}
	return word
}
