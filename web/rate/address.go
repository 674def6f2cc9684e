package rate

import (
	"net/http"
	"net/netip"
	"strings"

	"golang.org/x/text/language"

	"countersign/web/peer"
)

// Addresses tells whom a request comes from. Behind proxies that is what the
// last trusted one says it saw; whatever stands before it in X-Forwarded-For
// the client may have made up (RELIABILITY A11).
type Addresses struct {
	// Trusted are the proxies in front of the pages and the API; none: the
	// connection's own address counts.
	Trusted peer.List
	// CountryHeader is where the last trusted proxy puts the client's country;
	// empty: nobody tells.
	CountryHeader string
}

// Country is where the client is, as ISO 3166-1 alpha-2, when a trusted proxy
// says so. From anybody else, twice, or in another form it is nothing.
func (a Addresses) Country(r *http.Request) string {
	lines := r.Header.Values(a.CountryHeader)
	if a.CountryHeader == "" || len(lines) != 1 || !a.Trusted.Has(r.RemoteAddr) {
		return ""
	}
	region, err := language.ParseRegion(lines[0])
	if err != nil || !region.IsCountry() || region.String() != lines[0] {
		return ""
	}
	return lines[0]
}

// bits of an IPv6 address that one customer has.
const sitePrefix = 64

// Key names the client: its IPv4 address or IPv6 /64. An address of this
// machine or of a private network is empty: it is a proxy's until the proxy is
// trusted, and everybody behind it would be counted as one.
func (a Addresses) Key(r *http.Request) string {
	from := a.Of(r)
	if !from.IsGlobalUnicast() || from.IsPrivate() {
		return ""
	}
	if from.Is6() {
		site, err := from.Prefix(sitePrefix)
		if err != nil {
			return ""
		}
		return site.String()
	}
	return from.String()
}

// Of is the client's address, as far as those who may be believed say so. The
// zero address is none.
func (a Addresses) Of(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := at.Addr()
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusts(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		from = hop
	}
	return from.Unmap().WithZone("")
}

func (a Addresses) trusts(from netip.Addr) bool {
	return a.Trusted.Has(netip.AddrPortFrom(from, 0).String())
}
