package approvals

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/approvals/destination"
)

// Trait is a keyed hash of two things that requests may have in common: two that
// share it are alike in both, and it tells nothing of what they are. Thieves who
// use each account once still use the same machine, network and bank (THREATS §4,
// campaign).
type Trait int64

// paired are the two things that a trait is of. What ordinary browsers have in common
// tells nothing when it meets its like: the language of an address's country beside its
// most common browser would be half of a market. A device has its own browser and
// language, and one pair of it says so.
var paired = [][2]string{
	{"institution", "network"}, {"institution", "browser"}, {"institution", "domain"},
	{"network", "browser"}, {"network", "domain"}, {"browser", "domain"},
	{"institution", "language"}, {"network", "language"},
	{"institution", "device"}, {"network", "device"}, {"browser", "device"},
}

// agedWith is what the age of a destination makes a trait with. Most new accounts were
// never seen before, so beside anything ordinary it would be no second thing.
var agedWith = []string{"network", "device"}

// ages are how long the gateway has known a destination when it is asked for: never
// before, less than 7 days, less than 30, longer.
const ages = 4

// justNow is how much earlier than an action its own naming of a destination may be.
const justNow = time.Minute

func ageOf(first, asked time.Time) int {
	switch known := asked.Sub(first); {
	case first.IsZero() || known < justNow:
		return 0
	case known < 7*24*time.Hour:
		return 1
	case known < 30*24*time.Hour:
		return 2
	}
	return 3
}

// AllTraits are the look's, ascending, for a destination that the gateway first heard
// of then; zero if it never did.
func (l Look) AllTraits(first time.Time) []Trait {
	all := slices.Concat(l.Traits, l.Aged[ageOf(first, l.Asked)])
	slices.Sort(all)
	return slices.Compact(all)
}

// alike adds to a look what the request has in common with others: of what the
// marketplace says and, with the first proof at hand, of the browser it was made in.
func (s *Service) alike(l *Look, to *destination.Destination, c Context, domain string, p *Proof) {
	if to == nil || l.Kind.Own() {
		return
	}
	known := map[string][]string{
		"institution": {institution(to.Canonical())}, "network": {network(c.IP)}, "browser": {c.UserAgent},
		"domain": {domain}, "language": {spoken(c.AcceptLanguage)},
	}
	if p != nil {
		known["device"] = []string{hex.EncodeToString(p.DeviceKey)}
		if other := spoken(p.Language); other != known["language"][0] {
			known["language"] = append(known["language"], other)
		}
	}
	for _, pair := range paired {
		l.Traits = append(l.Traits, s.pairs(l.Seller.Marketplace, pair, known[pair[0]], known[pair[1]])...)
	}
	for age := range l.Aged {
		for _, other := range agedWith {
			l.Aged[age] = append(l.Aged[age], s.pairs(l.Seller.Marketplace, [2]string{"age", other}, []string{strconv.Itoa(age)}, known[other])...)
		}
	}
}

// pairs are the traits of each value of one thing with each of another.
func (s *Service) pairs(m MarketplaceID, names [2]string, ones, others []string) []Trait {
	var all []Trait
	for _, one := range ones {
		for _, other := range others {
			if one != "" && other != "" {
				all = append(all, s.trait(string(m), names[0]+"\x00"+one, names[1]+"\x00"+other))
			}
		}
	}
	return all
}

// spoken is what a browser asks for in the way of languages, in one spelling.
func spoken(acceptLanguage string) string {
	return strings.ToLower(strings.ReplaceAll(acceptLanguage, " ", ""))
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

func mailDomain(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return strings.ToLower(domain)
}
