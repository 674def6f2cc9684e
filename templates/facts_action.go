package templates

import "countersign/approvals"

// FactsOf takes the facts of an action from what is stored of it, and from
// nothing else, for every page and mail about it.
func FactsOf(a approvals.Action, s approvals.Seller) (Facts, error) {
	change, err := a.Change()
	if err != nil {
		return Facts{}, err
	}
	f := Facts{
		Reference: a.Reference, Kind: a.Kind, Name: s.Name, To: AccountOf(change.To),
		Asked: Asked{
			At: a.CreatedAt, Login: loginOf(a.Context.LoginMethod),
			Device: DeviceFrom(a.Context.UserAgent), Place: Place{IP: a.Context.IP},
		},
	}
	if change.From != nil {
		from := AccountOf(*change.From)
		f.From = &from
	}
	return f, nil
}

// loginOf reads what the marketplace says of the sign-in; a word we do not
// know says nothing.
func loginOf(method string) Login {
	switch l := Login(method); l {
	case LoginPassword, LoginCode, LoginPasskey, LoginSSO:
		return l
	case LoginUnknown:
	}
	return LoginUnknown
}
