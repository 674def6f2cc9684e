package templates

import (
	"fmt"
	"strings"
)

// Money prints an amount for people: "€12,500.50" in English, "12.500,50 €"
// in Italian. The amount is a decimal string with a point, as the API carries
// it; it is never a float, and it is never rounded.
func Money(l Locale, amount, currency string) (string, error) {
	whole, fraction, dotted := strings.Cut(amount, ".")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" || dotted && fraction == "" {
		return "", fmt.Errorf("amount %q is no decimal", amount)
	}
	sign, known := map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}[currency]
	if !known {
		sign = currency
	}
	group, point := ",", "."
	if l == IT {
		group, point = ".", ","
	}
	number := grouped(whole, group)
	if dotted {
		number += point + fraction
	}
	switch {
	case l == IT:
		return number + "\u00a0" + sign, nil
	case known:
		return sign + number, nil
	default:
		return sign + "\u00a0" + number, nil
	}
}

// grouped puts sep between groups of three digits, from the right.
func grouped(digits, sep string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(d)
	}
	return b.String()
}
