package templates

import (
	"cmp"
	"strings"

	"countersign/approvals/destination"
)

// Account is a destination as a seller may see it. Nothing in it reveals the
// length of a number. AccountOf fills it.
type Account struct {
	Text      string // a mail address or a sign-in method, where it is no bank account; the rest is empty then
	Masked    string // "NL91 •••• … 4300"
	Plain     string // the same in ASCII, for text: "NL91 **** 4300"
	Last4     string // "4300"
	Spoken    destination.Spoken
	Holder    string
	Bank      string                  // may be empty
	Country   string                  // ISO 3166-1 alpha-2, may be empty
	NameCheck destination.PayeeResult // what the check is worth; empty when none was supplied
	CheckName string                  // the name the bank returned, with a close match; may be empty
	Full      string                  // the whole number in groups, only where its owner asked to see it
}

// AccountOf shows a destination, masked.
func AccountOf(d destination.Destination) Account {
	return Account{
		Masked: d.Masked(), Plain: d.MaskedPlain(), Last4: d.Last4(), Spoken: d.Spoken(),
		Holder: d.Holder, Bank: d.BankName, Country: d.CountryCode(),
		NameCheck: d.PayeeOutcome(), CheckName: d.PayeeName(),
	}
}

// short is how a sentence names it.
func (a Account) short() string { return cmp.Or(a.Text, a.Last4) }

// Head is the masked number without its last characters, which a card prints
// larger below it.
func (a Account) Head() string {
	return strings.TrimSpace(strings.TrimSuffix(a.Masked, a.Last4))
}

// spoken is what a screen reader says for the masked number: "IT60, hidden,
// ends 3 4 5 6".
func (w *words) spoken(a Account) (string, error) {
	return w.t("account.spoken", "Start", a.Spoken.Start, "End", a.Spoken.End)
}

// where is "ABN AMRO, Netherlands", or what is known of it.
func (w *words) where(a Account) (string, error) {
	country, err := w.country(a.Country)
	if err != nil || a.Bank == "" {
		return country, err
	}
	if country == "" {
		return a.Bank, nil
	}
	return a.Bank + ", " + country, nil
}

// line is the account in one line of a mail, after its number: "G. Ferri, ABN
// AMRO (Netherlands)".
func (w *words) line(a Account) (string, error) {
	country, err := w.country(a.Country)
	if err != nil {
		return "", err
	}
	line := a.Holder
	if a.Bank != "" {
		line += ", " + a.Bank
	}
	if country != "" {
		line += " (" + country + ")"
	}
	return line, nil
}

// nameCheck is what the bank said about the holder's name (VP-01).
func (w *words) nameCheck(a Account) (string, error) {
	return w.t("check." + string(a.NameCheck))
}

// checked is nameCheck with the name that the bank returned (VP-02), for text.
func (w *words) checked(a Account) (string, error) {
	said, err := w.nameCheck(a)
	if err != nil || a.CheckName == "" {
		return said, err
	}
	name, err := w.t("check.name", "Name", a.CheckName)
	return said + ". " + name, err
}
