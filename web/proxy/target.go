package proxy

import "bytes"

// checkTarget accepts a path from the root with its query (RFC 9112 §3.2.1),
// as bytes that every reader takes for the same ones. What a path means to a
// guarded pattern is decided later, by spellings.
func checkTarget(target []byte) error {
	switch {
	case len(target) > maxTarget:
		return errTooLong
	case len(target) == 0 || target[0] != '/' || len(target) > 1 && target[1] == '/':
		return errTargetForm
	}
	path, query, _ := bytes.Cut(target, []byte("?"))
	for i, c := range path {
		switch {
		case !pathBytes[c]:
			return errTargetBytes
		case c == '%' && !plainEscape(path[i:]):
			return errTargetEscape
		}
	}
	for _, c := range query {
		if c <= ' ' || c > '~' || c == '#' {
			return errTargetBytes
		}
	}
	return nil
}

// pathBytes are those that a path may hold as they are, escapes included.
var pathBytes = setOf(alphanumeric + "-._~!$&'()*+,;=:@/%[]|")

// plainEscape reports whether b begins with the escape of anything but a
// control character.
func plainEscape(b []byte) bool {
	c, ok := escaped(b)
	return ok && c >= ' ' && c != 0x7f
}

// escaped reads %XX at the beginning of b.
func escaped[T string | []byte](b T) (byte, bool) {
	if len(b) < 3 || b[0] != '%' {
		return 0, false
	}
	high, ok1 := hexDigit(b[1])
	low, ok2 := hexDigit(b[2])
	return high<<4 | low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
