package egress

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Rules say which URLs may be registered. The zero value takes https on port
// 443 of a public host.
type Rules struct {
	// Private takes plain http, any port and any host, for development only.
	Private bool
	// Ports are taken besides 443.
	Ports []string
}

// Check says in words for an engineer why a URL cannot be used; empty: it can.
// It never repeats the URL, which may hold a secret.
func (r Rules) Check(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" || strings.ContainsAny(raw, " \t\r\n\\"):
		return "must be a complete URL, as in https://market.example/hooks"
	case u.Scheme != "https" && !(r.Private && u.Scheme == "http"):
		return "must begin with https://"
	case u.User != nil:
		return "must hold no user name or password; the signature says who calls"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return "must have no fragment"
	case r.Private:
		return ""
	case u.Port() != "" && u.Port() != "443" && !slices.Contains(r.Ports, u.Port()):
		return "must use port 443, or a port that this gateway's operator allows"
	}
	return checkHost(u.Hostname())
}

// checkHost refuses what is known not to be public without asking anybody.
func checkHost(host string) string {
	const internal = "must name a host on the public internet"
	if strings.ContainsAny(host, "%:") { // an IPv6 address
		addr, err := netip.ParseAddr(host)
		if err != nil || Public(addr) != nil {
			return internal
		}
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(name); err == nil {
		if Public(addr) != nil {
			return internal
		}
		return ""
	}
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	switch {
	case !plain(name):
		return "must be written in letters, digits, dots and hyphens; write other names as xn--"
	case len(labels) < 2 || slices.Contains([]string{"localhost", "local", "internal", "localdomain", "home", "lan", "test", "invalid"}, last):
		return internal
	case last == "" || last[0] >= '0' && last[0] <= '9': // some resolvers read 127.1 and 0x7f.1 as addresses
		return "must be a name, or an address in its usual form"
	}
	return ""
}

// plain reports whether a name is made of what names are made of.
func plain(name string) bool {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_') {
			return false
		}
	}
	return name != "" && !strings.Contains(name, "..") && net.ParseIP(name) == nil
}
