package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// ownCookies is how the names of the gateway's cookies begin, over https and
// http.
var ownCookies = []string{"__Host-countersign-", "countersign-"}

// ownCookie reports whether a name, with what follows it, is of a cookie of the
// gateway's.
func ownCookie(pair string) bool {
	pair = strings.TrimLeft(pair, " \t")
	return slices.ContainsFunc(ownCookies, func(prefix string) bool {
		return len(pair) >= len(prefix) && strings.EqualFold(pair[:len(prefix)], prefix)
	})
}

// dropCookies takes the gateway's cookies out of a request on its way upstream.
// Browsers send them to every port of a host (RFC 6265 §8.5).
func dropCookies(h http.Header) {
	for name, lines := range h {
		if plainName(name) == "Cookie" {
			keepLines(h, name, slices.DeleteFunc(foreign(lines), func(s string) bool { return s == "" }))
		}
	}
}

// foreign is the lines of a Cookie header without the gateway's.
func foreign(lines []string) []string {
	out := slices.Clone(lines)
	for i, line := range lines {
		parts := strings.Split(line, ";")
		if kept := slices.DeleteFunc(slices.Clone(parts), ownCookie); len(kept) < len(parts) {
			out[i] = strings.TrimLeft(strings.Join(kept, ";"), " \t")
		}
	}
	return out
}

// dropSetCookies keeps an upstream from setting the gateway's cookies.
func dropSetCookies(h http.Header) {
	if lines, ok := h["Set-Cookie"]; ok {
		keepLines(h, "Set-Cookie", slices.DeleteFunc(slices.Clone(lines), ownCookie))
	}
}

func keepLines(h http.Header, name string, lines []string) {
	if len(lines) == 0 {
		delete(h, name)
		return
	}
	h[name] = lines
}
