package destination

import "slices"

// CountryMismatch reports whether the account is kept in another country than
// the seller's, an ISO 3166-1 alpha-2 code. Nothing is known, and nothing
// mismatches, where the seller's country is empty or the account does not
// validate. A territory whose accounts carry another country's code is at home
// there: Jersey in GB.
func (d Destination) CountryMismatch(seller string) bool {
	of := d.CountryCode()
	return of != "" && seller != "" && !sameCountry(of, upper(seller))
}

// CountryChange reports whether the two accounts are kept in different countries.
func CountryChange(from, to Destination) bool {
	a, b := from.CountryCode(), to.CountryCode()
	return a != "" && b != "" && a != b
}

func sameCountry(account, country string) bool {
	return account == country || slices.Contains(shares[account], country)
}

// CountryCaveat reports whether the account's country says little about where
// its holder lives: Wise gives customers of all Europe Belgian and Lithuanian
// IBANs (THREATS §4). It is for the person who reads a mismatch. It lowers
// nothing: a thief can open such an account as well.
func (d Destination) CountryCaveat() bool {
	return slices.Contains([]string{"BE", "LT"}, d.CountryCode())
}
