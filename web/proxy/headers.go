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
// another: they cannot tell _ from -.
func plainName(name string) string {
	if strings.IndexByte(name, '_') < 0 {
		return name
	}
	return textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
}

// ours reports whether a client has no say in a header.
func ours(name string) bool {
	name = plainName(textproto.CanonicalMIMEHeaderKey(name))
	if ownHeaders[name] {
		return true
	}
	for _, p := range ownPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// clean takes out of a request on its way upstream what its client has no say
// in. A peer that is trusted keeps what a proxy in front sets.
func (p *Proxy) clean(out, in http.Header, trusted bool) {
	for name := range out {
		if p.strips(name) {
			delete(out, name)
		}
	}
	if !trusted {
		return
	}
	for _, name := range forwarded {
		if lines, ok := in[name]; ok {
			out[name] = lines
		}
	}
	if lines, ok := in[p.peerHeader]; ok && p.peerHeader != "" {
		out[p.peerHeader] = lines
	}
}

// strips reports whether a header is taken out, an identity header included.
func (p *Proxy) strips(name string) bool {
	plain := plainName(name)
	if plain == p.peerHeader && plain != "" || p.sellerHeaders[plain] {
		return true
	}
	if plain != name && plain == p.jwtHeader {
		return true
	}
	switch name[0] {
	case 'C', 'F', 'T', 'X', 'c', 'f', 't', 'x':
		return ours(name)
	}
	return false
}

// fromTrusted reports whether a request comes over a connection from a proxy
// that is trusted. No header has a say in it.
func (p *Proxy) fromTrusted(r *http.Request) bool { return p.table.trusted.Has(r.RemoteAddr) }
