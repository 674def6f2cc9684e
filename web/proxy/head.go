package proxy

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Limits of a request's head (RELIABILITY §11).
const (
	maxHead    = 32 << 10
	maxTarget  = 8 << 10
	maxHeaders = 100
)

// head is what a request's head says of what follows it.
type head struct {
	length  int64 // of the body
	chunked bool  // the body is in chunks, and has no length
}

// headReader reads one head, strictly: whatever two readers could understand
// in two ways is refused (RFC 9112 §11.2). net/http reads the same bytes again
// afterwards and cannot disagree.
type headReader struct {
	lines              int
	host, sized, coded bool
	old                bool // HTTP/1.0
	head               head
}

// methods are those that pass; all others are refused on every path.
var methods = []string{"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"}

// readHead reads the head in b, which ends with an empty line.
func readHead(b []byte) (head, error) {
	var r headReader
	line, rest := cutLine(b)
	if err := r.requestLine(line); err != nil {
		return head{}, err
	}
	for {
		line, rest = cutLine(rest)
		if len(line) == 0 {
			break
		}
		if r.lines++; r.lines > maxHeaders {
			return head{}, errHeaders
		}
		if err := r.field(line); err != nil {
			return head{}, err
		}
	}
	if !r.host {
		return head{}, errHost
	}
	return r.head, nil
}

// cutLine cuts after the first CR LF. Every LF in b follows a CR.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	return b[:i-1], b[i+1:]
}

func (r *headReader) requestLine(line []byte) error {
	method, rest, ok := bytes.Cut(line, []byte(" "))
	target, version, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 {
		return errRequestLine
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		r.old = true
	default:
		return errRequestLine
	}
	if !known(method) {
		return errMethod
	}
	return checkTarget(target)
}

func known(method []byte) bool {
	for _, m := range methods {
		if string(method) == m {
			return true
		}
	}
	return false
}

func (r *headReader) field(line []byte) error {
	if line[0] == ' ' || line[0] == '\t' {
		return errFolded
	}
	i := bytes.IndexByte(line, ':')
	if i < 1 || !token(line[:i]) {
		return errFieldName
	}
	value := bytes.Trim(line[i+1:], " \t")
	if !fieldValue(value) {
		return errFieldValue
	}
	return r.framing(line[:i], value)
}

// framing reads the three headers that say where a request goes and ends.
func (r *headReader) framing(name, value []byte) error {
	switch {
	case is(name, "host"):
		if r.host || !hostPort(value) {
			return errHost
		}
		r.host = true
	case is(name, "content-length"):
		n, ok := digits(value)
		switch {
		case r.coded:
			return errBothLengths
		case r.sized || !ok:
			return errLength
		}
		r.sized, r.head.length = true, n
	case is(name, "transfer-encoding"):
		switch {
		case r.sized:
			return errBothLengths
		case r.coded || r.old || !is(value, "chunked"):
			return errEncoding
		}
		r.coded, r.head.chunked = true, true
	}
	return nil
}

// is compares without case; want is in lower case.
func is(b []byte, want string) bool {
	if len(b) != len(want) {
		return false
	}
	for i := range len(b) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// digits reads a length that is digits and nothing else (RFC 9110 §8.6).
func digits(b []byte) (int64, bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// set is the bytes of a string, to be looked up fast: every byte of every
// request is.
type set [256]bool

func setOf(bytes string) (s set) {
	for i := range len(bytes) {
		s[bytes[i]] = true
	}
	return s
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

var (
	tokenBytes   = setOf(alphanumeric + "!#$%&'*+-.^_`|~") // of a header name (RFC 9110 §5.6.2)
	hostBytes    = setOf(alphanumeric + "-._")
	addressBytes = setOf("0123456789abcdefABCDEF:.")
)

func token(b []byte) bool { return only(b, &tokenBytes) }

func fieldValue(b []byte) bool {
	ascii := true
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
		ascii = ascii && c < 0x80
	}
	return ascii || utf8.Valid(b)
}

// hostPort accepts a name or an address, and a port (RFC 3986 §3.2.2 without
// userinfo and escapes).
func hostPort(b []byte) bool {
	name, port := b, []byte(nil)
	if i := bytes.LastIndexByte(b, ':'); i >= 0 && bytes.IndexByte(b[i:], ']') < 0 {
		name, port = b[:i], b[i+1:]
		if n, err := strconv.ParseUint(string(port), 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if len(name) > 2 && name[0] == '[' && name[len(name)-1] == ']' {
		return only(name[1:len(name)-1], &addressBytes)
	}
	return len(name) > 0 && only(name, &hostBytes)
}

func only(b []byte, allowed *set) bool {
	for _, c := range b {
		if !allowed[c] {
			return false
		}
	}
	return true
}
