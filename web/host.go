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
// links would cross a network in clear (STANDARDS AS-13).
func CheckPublicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New("the public URL must look like https://approve.market.example")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the public URL has a scheme, a host and perhaps a port, and nothing else")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, errors.New("the public URL must be https, unless its host is localhost or a loopback address")
	default:
		return nil, errors.New("the public URL must be https")
	}
	return &url.URL{Scheme: u.Scheme, Host: canonicalHost(u.Scheme, u.Host)}, nil
}

func loopback(host string) bool {
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
