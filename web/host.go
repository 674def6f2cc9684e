package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// CheckPublicURL reads the address sellers and marketplaces know the gateway
// by. Plain http is for a loopback host alone: anywhere else proofs, keys and
// links would cross a network in clear (STANDARDS AS-13). What it returns has the
// host in lower case and no port that goes without saying. An error says what the
// URL must be, so as to follow the name of a setting.
func CheckPublicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New("must look like https://approve.market.example")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("must be scheme and host only, as in https://approve.market.example")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && Loopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, errors.New("must begin with https:// (http:// only on localhost)")
	default:
		return nil, errors.New("must begin with https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: canonicalHost(u.Scheme, u.Host)}, nil
}

// Loopback reports whether host is this machine: localhost, a name below it, or
// a loopback address.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// canonicalHost is in lower case and without the scheme's own port.
func canonicalHost(scheme, host string) string {
	host = strings.ToLower(host)
	name, port, err := net.SplitHostPort(host)
	if err != nil || (scheme != "https" || port != "443") && (scheme != "http" || port != "80") {
		return host
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// hosted refuses a request for another host: an answer under a name that is
// not ours could be cached, framed or trusted as that other's. What a proxy
// says in X-Forwarded-Host or Forwarded is not read (RELIABILITY C6).
func (s *site) hosted(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if canonicalHost(s.PublicURL.Scheme, r.Host) != s.PublicURL.Host && !isProbe(r) {
			s.refuse(w, r, approvals.Refuse(problem.Misdirected))
			return
		}
		inner.ServeHTTP(w, r)
	})
}
