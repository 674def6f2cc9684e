package destination

import "strings"

// Destination is a payout account as a marketplace sends it (DESIGN §6): an
// IBAN, or a UK sort code with an account number, or a US routing number with
// an account number; exactly one of the three. The zero value is not valid.
//
// Values are kept as they were written; Parse gives them in data form.
type Destination struct {
	IBAN          string `json:"iban,omitempty"`
	SortCode      string `json:"sort_code,omitempty"`
	AccountNumber string `json:"account_number,omitempty"`
	RoutingNumber string `json:"routing_number,omitempty"`

	// Holder is the name the account is said to be in.
	Holder string `json:"holder"`

	// BankName is what the marketplace calls the institution.
	BankName string `json:"bank_name,omitempty"`

	// Country is an ISO 3166-1 alpha-2 code. It must agree with the account;
	// CountryCode answers from the account alone.
	Country string `json:"country,omitempty"`

	// PayeeCheck is the answer of a name check the marketplace ran.
	PayeeCheck *PayeeCheck `json:"payee_check,omitempty"`
}

// PayeeCheck is the outcome of comparing the holder's name with the bank's
// records, by Verification of Payee (VP-01) or Confirmation of Payee (VP-04).
type PayeeCheck struct {
	Scheme PayeeScheme `json:"scheme"`
	Result PayeeResult `json:"result"`

	// Name is the name on the account, where the bank returned one.
	Name string `json:"name,omitempty"`

	// Code is the scheme's own reason code, passed through (VP-05).
	Code string `json:"code,omitempty"`
}

// PayeeScheme names the scheme that ran a name check.
type PayeeScheme string

// The schemes.
const (
	VerificationOfPayee PayeeScheme = "vop" // euro area, Regulation (EU) 2024/886
	ConfirmationOfPayee PayeeScheme = "cop" // United Kingdom, Pay.UK
)

// PayeeResult is what a name check found. A match says that the name fits, not
// that the seller asked (VP-07).
type PayeeResult string

// The results, in the order from good to unknown.
const (
	PayeeMatch       PayeeResult = "match"
	PayeeClose       PayeeResult = "close"
	PayeeNoMatch     PayeeResult = "no_match"
	PayeeUnavailable PayeeResult = "unavailable"
)

// Parse checks d and returns it in data form: no spaces or dashes in numbers,
// capital letters in IBAN and country, no spaces around names. The error is an
// *InvalidError.
func Parse(d Destination) (Destination, error) {
	if err := d.Validate(); err != nil {
		return Destination{}, err
	}
	for _, number := range []*string{&d.IBAN, &d.SortCode, &d.AccountNumber, &d.RoutingNumber} {
		*number, _ = tidy(*number)
	}
	d.Country = upper(d.Country)
	d.Holder = strings.TrimSpace(d.Holder)
	d.BankName = strings.TrimSpace(d.BankName)
	if d.PayeeCheck != nil {
		check := *d.PayeeCheck
		d.PayeeCheck = &check
	}
	return d, nil
}

// CountryCode returns the ISO 3166-1 alpha-2 code of the country that keeps
// the account (XK for Kosovo), or "" for an account that does not validate.
// Accounts in Jersey, Guernsey and the Isle of Man answer GB, as their IBANs do.
func (d Destination) CountryCode() string {
	a, problems := d.account()
	if problems != nil {
		return ""
	}
	return a.country
}
