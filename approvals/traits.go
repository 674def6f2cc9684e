package approvals

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"countersign/approvals/destination"
)

// Trait is a keyed hash of two things that requests may have in common: two that
// share it are alike in both, and it tells nothing of what they are. Thieves who
// use each account once still use the same machine, network and bank (THREATS §4,
// campaign).
type Trait int64

// traits are those of a request that names this account, in ascending order: one
// for each pair of institution, network, browser and mail domain that is known.
func (s *Service) traits(r Request, to *destination.Destination) []Trait {
	if to == nil || r.Kind.Own() {
		return nil
	}
	var known []string
	for _, t := range []struct{ name, value string }{
		{"institution", institution(to.Canonical())}, {"network", network(r.Context.IP)},
		{"browser", r.Context.UserAgent}, {"domain", mailDomain(r.Seller)},
	} {
		if t.value != "" {
			known = append(known, t.name+"\x00"+t.value)
		}
	}
	var all []Trait
	for i, one := range known {
		for _, other := range known[i+1:] {
			all = append(all, s.trait(string(r.Seller.Marketplace), one, other))
		}
	}
	slices.Sort(all)
	return all
}

// self is the trait of being this seller.
func (s *Service) self(key SellerKey) Trait {
	return s.trait("seller", string(key.Marketplace), string(key.Seller))
}

// trait has a tag of its own, so that none is ever a destination's fingerprint.
func (s *Service) trait(parts ...string) Trait {
	mac := hmac.New(sha256.New, s.FingerprintKey)
	mac.Write([]byte("countersign/trait/v1\n" + strings.Join(parts, "\x1f")))
	return Trait(binary.BigEndian.Uint64(mac.Sum(nil)))
}

// institution is the part of an account that its bank has in common: the sort code
// or routing number, or the beginning of an IBAN's national part.
func institution(canonical string) string {
	const bank = len("DE/37040")
	country, rest, _ := strings.Cut(canonical, "/")
	if code, _, ok := strings.Cut(rest, "/"); ok {
		return country + "/" + code
	}
	return canonical[:min(len(canonical), bank)]
}

// network is the /24 of an IPv4 address, the /48 of another.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr, bits := addr.Unmap(), 48
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

func mailDomain(s Seller) string {
	if len(s.Contacts) == 0 {
		return ""
	}
	_, domain, _ := strings.Cut(s.Contacts[0].Email, "@")
	return strings.ToLower(domain)
}
