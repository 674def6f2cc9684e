package templates

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/approvals"
)

// Loan is what a loan.disbursement says beside the account.
type Loan struct {
	Sum       Sum
	Lender    string
	Reference string // the lender's; may be empty
}

// Sum is an amount of money: text in, text out, never a float.
type Sum struct {
	Amount   string // with a point and the currency's decimal places: "12500.00"
	Currency string // ISO 4217
}

// loanOf reads a loan, nil for an action that is none.
func loanOf(a approvals.Action) *Loan {
	l, ok := approvals.LoanOf(a)
	if !ok {
		return nil
	}
	return &Loan{Sum{l.Amount, l.Currency}, l.Lender, l.Reference}
}

// signs are the currencies whose sign stands for one currency alone.
var signs = map[string]bool{"EUR": true, "GBP": true}

// money is "€12,500.00", or "12.500,00 €".
func (w *words) money(s Sum) (string, error) {
	if signs[s.Currency] {
		return w.t("money."+s.Currency, "Sum", w.grouped(s.Amount))
	}
	return w.moneyCode(s)
}

// moneyPlain is money for a subject: English has the code there.
func (w *words) moneyPlain(s Sum) (string, error) {
	if w.locale == EN {
		return w.moneyCode(s)
	}
	return w.money(s)
}

func (w *words) moneyCode(s Sum) (string, error) {
	return w.t("money.code", "Sum", w.grouped(s.Amount), "Code", s.Currency)
}

// grouped writes an amount as the locale does: "12,500.00", "12.500,00".
func (w *words) grouped(amount string) string {
	group, point := ",", "."
	if w.locale == IT {
		group, point = ".", ","
	}
	whole, fraction, parted := strings.Cut(amount, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	if parted {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// moneyWords is the sum in words, once on a page: "twelve thousand five hundred
// and 50/100 euros". It is written as on a cheque, so that a digit that was added
// does not look like one that was always there.
func (w *words) moneyWords(s Sum) (string, error) {
	whole, fraction, _ := strings.Cut(s.Amount, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil {
		return "", fmt.Errorf("spell amount: %w", err) // creation has ruled it out
	}
	spelled, count := w.spell(n), int(n) //nolint:gosec // 18 digits fit
	if strings.Trim(fraction, "0") != "" {
		count = 0 // no singular and no "di" after a fraction
		of := "1" + strings.Repeat("0", len(fraction))
		if spelled, err = w.t("money.part", "Words", spelled, "Part", fraction, "Of", of); err != nil {
			return "", err
		}
	}
	key := "money.words.code"
	if signs[s.Currency] {
		key = "money.words." + s.Currency
	}
	return w.n(key, count, "Words", spelled, "Code", s.Currency)
}
