package approvals

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// currencies are the codes of ISO 4217 (list one, as in force in 2026: XCG in the
// place of ANG, EUR in that of BGN) by how many decimal places their minor unit
// has. Codes of funds, of precious metals and for tests are no money to lend.
var currencies = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK " +
		"DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD " +
		"KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP " +
		"PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH " +
		"USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
}

// maxAmountDigits is as many as ISO 20022 allows an amount.
const maxAmountDigits = 18

// MinorUnits returns how many decimal places an amount in this currency has;
// false for a code that ISO 4217 does not list as money.
func MinorUnits(currency string) (int, bool) {
	for units, codes := range currencies {
		if len(currency) == 3 && strings.Contains(" "+codes+" ", " "+currency+" ") {
			return units, true
		}
	}
	return 0, false
}

// Times is how often one sum of money fits into another of the same currency, rounded
// down. Both are written as the amount of a loan is.
func Times(sum, unit, currency string) (int, error) {
	units, known := MinorUnits(currency)
	if !known {
		return 0, errors.New("must have a currency code of ISO 4217 beside it, in capital letters, such as EUR")
	}
	var minor [2]int64
	for i, text := range []string{sum, unit} {
		if problem := amountProblem(text, units); problem != "" {
			return 0, errors.New(problem)
		}
		n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
		if err != nil {
			return 0, errors.New("must be a sum of money")
		}
		minor[i] = n
	}
	return int(min(minor[0]/minor[1], math.MaxInt32)), nil
}

// amountProblem says what is wrong with a sum of money that has to have exactly
// so many decimal places. One sum has one way of being written, so that two
// people who read it read the same.
func amountProblem(amount string, units int) string {
	whole, fraction, pointed := strings.Cut(amount, ".")
	switch {
	case !digits(whole), !digits(fraction) && pointed, pointed != (units > 0), len(fraction) != units:
		if units == 0 {
			return "must be digits alone: this currency has no decimal places"
		}
		return fmt.Sprintf("must be digits with a point and %d decimal places", units)
	case len(whole) > 1 && whole[0] == '0':
		return "must not begin with a zero"
	case len(whole)+len(fraction) > maxAmountDigits:
		return fmt.Sprintf("must have %d digits at most", maxAmountDigits)
	case strings.Trim(amount, "0.") == "":
		return "must be more than 0"
	}
	return ""
}

// digits reports whether s is ASCII digits, one at least.
func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
