package proxy

import (
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What a byte of a path can be.
const (
	inSegment = 1 << iota // has one meaning to every reader
	inPath                // the same, between segments too
)

var plainBytes = func() (t [256]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~!$&'()*+,=:@.") {
		t[c] = inSegment | inPath
	}
	t['/'] = inPath
	return t
}()

// ordinary reports whether a path has no other spelling than one in other case
// and with a slash at its end: most have none.
func ordinary(p string) bool {
	for i := 0; i < len(p); i++ {
		if plainBytes[p[i]] == 0 {
			return false
		}
		if p[i] == '/' && i+1 < len(p) && (p[i+1] == '/' || p[i+1] == '.') || p[i] == '.' && (i+1 == len(p) || p[i+1] == '/') {
			return false
		}
	}
	return true
}

// maxDecoding is how often a path is decoded to see what it could come to mean.
// One proxy and one server make two.
const maxDecoding = 4

// spellings lists what servers could make of a path, in lower case: decoded or not, once or more; with dots resolved, doubled slashes merged and
// backslashes turned; cut at what could begin a query or end a string; without
// parameters, and without the dots and blanks at the ends of segments that some
// file systems drop (RELIABILITY §9 G). dotted: one of them walks up or stays.
func spellings(p string) (all []string, dotted bool) {
	for range maxDecoding {
		base := strings.ReplaceAll(folded(p), `\`, "/")
		for _, cut := range []string{base, until(base, "?#\x00")} {
			for _, bare := range []string{cut, withoutParams(cut)} {
				dotted = dotted || dots(bare)
				all = append(all, bare, path.Clean("/"+bare), path.Clean("/"+trimmed(bare)))
			}
		}
		next := decode(p)
		if next == p {
			break
		}
		p = next
	}
	return all, dotted
}

// folded is what compatibility forms and case hide: full-width slashes, the
// Kelvin sign.
func folded(p string) string {
	for i := range len(p) {
		if p[i] >= utf8.RuneSelf {
			return strings.ToLower(norm.NFKC.String(p))
		}
	}
	return strings.ToLower(p)
}

func until(p, stop string) string {
	if i := strings.IndexAny(p, stop); i >= 0 {
		return p[:i]
	}
	return p
}

// each changes every segment.
func each(p string, change func(string) string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = change(parts[i])
	}
	return strings.Join(parts, "/")
}

func withoutParams(p string) string {
	return each(p, func(s string) string { return until(s, ";") })
}

func trimmed(p string) string {
	return each(p, func(s string) string {
		if s = strings.TrimRight(s, " \t"); s == "." || s == ".." {
			return s
		}
		return strings.TrimRight(s, ". \t")
	})
}

func dots(p string) bool {
	for s := range strings.SplitSeq(p, "/") {
		if s = strings.Trim(s, " \t"); s == "." || s == ".." {
			return true
		}
	}
	return false
}

// decode undoes one round of percent-encoding as a careless reader does: it
// takes wide escapes (%u002f) and over-long UTF-8 for what they mean, and leaves
// the rest.
func decode(p string) string {
	if strings.IndexByte(p, '%') < 0 {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if c, ok := escaped(p[i:]); ok {
			b.WriteByte(c)
			i += 2
		} else if r, ok := wide(p[i:]); ok {
			b.WriteRune(r)
			i += 5
		} else {
			b.WriteByte(p[i])
		}
	}
	return shortened(b.String())
}

// wide reads %u and four hexadecimal digits.
func wide(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '%' || s[1] != 'u' && s[1] != 'U' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		d, ok := hexDigit(s[i])
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// shortened writes over-long UTF-8 forms of ASCII (RFC 3629 §10) as ASCII.
func shortened(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, n := overlong(s[i:])
		b.WriteByte(c)
		i += n - 1
	}
	return b.String()
}

// overlong returns the ASCII character that s begins with in a form of two,
// three or four bytes, or else its first byte.
func overlong(s string) (c byte, length int) {
	n := 0
	switch {
	case s[0]&0xfe == 0xc0:
		n = 2
	case strings.HasPrefix(s, "\xe0"):
		n = 3
	case strings.HasPrefix(s, "\xf0\x80"):
		n = 4
	}
	if n == 0 || len(s) < n || n > 2 && s[n-2]&0xfe != 0x80 || s[n-1]&0xc0 != 0x80 {
		return s[0], 1
	}
	return s[n-2]&1<<6 | s[n-1]&0x3f, n
}
