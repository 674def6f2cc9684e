package demo

import "countersign/client"

// firstSellers are the sellers of fresh books. All account numbers are the
// published examples of the SWIFT IBAN registry or of banks' own guides.
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
// look for an account number that passes.
func newAccount(s seller) client.Destination {
	return client.Destination{IBAN: "FR1420041010050500013M02606", Holder: s.Account.Holder, BankName: "La Banque Postale", Country: "FR"}
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
