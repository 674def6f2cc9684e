// Package peer says whose word about somebody else's request counts: the
// addresses of the proxies in front of us. What a header says of an original
// request, or of who is signed in, is worth as much as the machine that sent it
// (STANDARDS AS-11); the list is of connections, never of what X-Forwarded-For
// claims.
package peer

import (
	"errors"
	"net/netip"
	"strings"
)

// List is the trusted addresses. The empty list trusts nobody.
type List []netip.Prefix

// Parse reads addresses ("10.0.0.5") and ranges ("10.0.0.0/24"). The error
// tells what to write instead, so as to follow the name of a setting.
func Parse(entries []string) (List, error) {
	if len(entries) == 0 {
		return nil, errors.New("must list the addresses your proxies connect from, as in [10.0.0.5, 10.0.1.0/24]: nobody else is believed")
	}
	var out List
	for _, e := range entries {
		p, err := parse(strings.TrimSpace(e))
		switch {
		case err != nil:
			return nil, errors.New("must hold addresses and ranges only, as in [10.0.0.5, 10.0.1.0/24]")
		case p.Bits() == 0:
			return nil, errors.New("must not hold " + e + ", which is everybody: list the addresses your proxies connect from")
		case p != p.Masked():
			return nil, errors.New("must hold " + p.Masked().String() + " where " + e + " stands, if the whole range is meant, or one address")
		}
		out = append(out, p)
	}
	return out, nil
}

func parse(entry string) (netip.Prefix, error) {
	if strings.Contains(entry, "/") {
		return netip.ParsePrefix(entry)
	}
	a, err := netip.ParseAddr(entry)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, errors.New("no address")
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// Has reports whether remote, the RemoteAddr of a request, is in the list.
func (l List) Has(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	a := at.Addr().Unmap().WithZone("")
	for _, p := range l {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
