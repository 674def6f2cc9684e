package proxy

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// Headers that only the gateway, or a proxy in front of it, may set. What a
// client sends under these names never goes on (STANDARDS AS-11, FW-05).
var ownHeaders = map[string]bool{
	"Forwarded": true, "X-Real-Ip": true, "X-Rewrite-Url": true, "True-Client-Ip": true, "X-Client-Ip": true, "X-Cluster-Client-Ip": true,
	"Cf-Connecting-Ip": true,
}

// overrides make some upstreams take a method for another; on a guarded path
// the method is what it is.
var overrides = []string{"X-Http-Method", "X-Http-Method-Override", "X-Method-Override"}

func dropOverrides(h http.Header) {
	for name := range h {
		if slices.Contains(overrides, plainName(name)) {
			delete(h, name)
		}
	}
}

var ownPrefixes = []string{"Countersign-", "X-Forwarded-", "X-Original-"}

// forwarded are those that a proxy in front may set, and its clients may not.
var forwarded = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-Ip"}

// plainName undoes the spelling of a name that CGI and its heirs take for
// another: they cannot tell _ from -, and some no mark from another.
func plainName(name string) string {
	if plainHeader(name) {
		return name
	}
	b := []byte(name)
	for i, c := range b {
		if !alphanumericBytes[c] {
			b[i] = '-'
		}
	}
	return textproto.CanonicalMIMEHeaderKey(string(b))
}

var alphanumericBytes = setOf(alphanumeric)

// plainHeader reports whether a header's name is letters, digits and hyphens.
func plainHeader(name string) bool {
	for i := range len(name) {
		if !alphanumericBytes[name[i]] && name[i] != '-' {
			return false
		}
	}
	return true
}

// ours reports whether a client has no say in a header.
func ours(name string) bool {
	return gateways(plainName(textproto.CanonicalMIMEHeaderKey(name)))
}

// gateways is ours for a name in its canonical form.
func gateways(name string) bool {
	if name == "" || strings.IndexByte("CFTX", name[0]) < 0 {
		return false
	}
	for _, p := range ownPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return ownHeaders[name]
}

// clean takes out of a request on its way upstream what its client has no say
// in. A proxy in front that is trusted keeps what such a proxy sets.
func (p *Proxy) clean(out http.Header, r *http.Request) {
	for name := range out {
		if p.strips(name) {
			delete(out, name)
		}
	}
	dropCookies(out)
	if p.fromFront(r) {
		keep(out, r.Header, forwarded...)
	}
	if p.fromPeer(r) {
		keep(out, r.Header, p.peerHeader)
	}
}

func keep(out, in http.Header, names ...string) {
	for _, name := range names {
		if lines, ok := in[name]; ok {
			out[name] = lines
		}
	}
}

// strips reports whether a header is taken out, an identity header included.
func (p *Proxy) strips(name string) bool {
	plain := plainName(name)
	if plain == p.peerHeader && plain != "" || len(p.sellerHeaders) > 0 && p.sellerHeaders[plain] {
		return true
	}
	return plain != name && plain == p.jwtHeader || gateways(plain)
}

// fromPeer reports whether a request comes over a connection from a proxy that
// says who is signed in. No header has a say in it.
func (p *Proxy) fromPeer(r *http.Request) bool { return p.table.trusted.Has(r.RemoteAddr) }

// fromFront reports whether the proxy that a request comes from is believed
// about where it came from.
func (p *Proxy) fromFront(r *http.Request) bool { return p.fromPeer(r) || p.Front.Has(r.RemoteAddr) }
