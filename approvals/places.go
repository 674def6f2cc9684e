package approvals

// Places are where a request came from, as the marketplace says: keyed hashes of the
// network of an address and of a country, which tell nothing of either and are of one
// seller alone. Zero: it does not say.
//
// A seller's places are learned from proofs and from nothing else, so that no attempt
// makes a thief's network known: one is known 30 days after the first step-up of an
// action that was asked for from there, or with the first confirmation of one.
type Places struct{ Network, Country Trait }

func (s *Service) places(key SellerKey, c Context) Places {
	one := func(what, value string) Trait {
		if value == "" {
			return 0
		}
		return s.trait(what, string(key.Marketplace), string(key.Seller), value)
	}
	return Places{Network: one("place/network", network(c.IP)), Country: one("place/country", c.Country)}
}
