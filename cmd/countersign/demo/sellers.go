package demo

import "countersign/client"

// firstSellers are the sellers of fresh books. All account numbers are published
// examples, of the SWIFT IBAN registry or of banks' own guides, or made for here.
func firstSellers() []seller {
	return []seller{
		{
			ID: "S-2201", Name: "Giulia Ferri", Shop: "Ferri Ceramiche", Email: "giulia@ferri.example", Country: "IT", TimeZone: "Europe/Rome",
			Account: client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche S.r.l.", BankName: "Intesa Sanpaolo", Country: "IT"},
		},
		{
			ID: "S-2218", Name: "Hannah Webb", Shop: "Webb & Wool", Email: "hannah@webbwool.example", Country: "GB", TimeZone: "Europe/London",
			Account: client.Destination{IBAN: "GB29NWBK60161331926819", Holder: "Webb & Wool Ltd", BankName: "NatWest", Country: "GB"},
		},
		{
			ID: "S-2235", Name: "Jonas Brandt", Shop: "Brandt Leder", Email: "jonas@brandt-leder.example", Country: "DE", TimeZone: "Europe/Berlin",
			Account: client.Destination{IBAN: "DE89370400440532013000", Holder: "Brandt Leder GmbH", BankName: "Commerzbank", Country: "DE"},
		},
	}
}

// newAccount is what the change form is filled in with, so that nobody has to
// look for an account number that passes. It is in the seller's own country: one
// in another waits longest.
func newAccount(s seller) client.Destination {
	d := client.Destination{IBAN: "IT25I0200809606000000072606", Holder: s.Account.Holder, BankName: "UniCredit", Country: "IT"}
	switch s.Country {
	case "GB":
		d.IBAN, d.BankName, d.Country = "GB33BUKB20201555555555", "Barclays", "GB"
	case "DE":
		d.IBAN, d.BankName, d.Country = "DE02120300000000202051", "DKB", "DE"
	}
	return d
}

// thiefAccount is where the thief wants the money.
func thiefAccount() client.Destination {
	return client.Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri", BankName: "ABN AMRO", Country: "NL"}
}

// The thief's own device.
const (
	thiefIP        = "203.0.113.66" // RFC 5737
	thiefUserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
