package proxy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/approvals"
)

// Limits on a query and a form (RELIABILITY §11).
const (
	maxParameters = 100
	maxMembers    = 4 // as in a[b][c][d][e]
)

// methodParameter makes some frameworks take a request's method for another.
const methodParameter = "_method"

// readParameters reads a query or a form that every reader understands alike:
// each name once, every escape whole, no semicolon.
func readParameters(s string) (map[string]string, error) {
	out, seen := map[string]string{}, names{}
	if s == "" {
		return out, nil
	}
	if strings.Count(s, "&") >= maxParameters {
		return nil, approvals.Invalid(approvals.FieldError{Message: "there are more than 100 parameters"})
	}
	for pair := range strings.SplitSeq(s, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		switch {
		case err1 != nil || err2 != nil || strings.Contains(pair, ";") || !utf8.ValidString(name+value) || strings.Contains(name+value, "\x00"):
			return nil, ambiguous("a parameter holds a semicolon, an escape that is none, or what is no text").problem()
		case !seen.add(name):
			return nil, errParameter.problem()
		}
		out[name] = value
	}
	return out, nil
}

// names are those of parameters, as the frameworks write them that change them
// most: some do not tell upper from lower case; PHP takes dots and blanks for
// _; a[b] is the member b of a to most, and a.b to others. A value is true, what
// has members false.
type names map[string]bool

// add counts a name in, and reports whether no framework takes it for one that
// is there or for none.
func (n names) add(name string) bool {
	parts, ok := members(name)
	if !ok || sameName(parts[0]) == methodParameter {
		return false
	}
	at := sameName(parts[0])
	for _, member := range parts[1:] {
		if n[at] {
			return false
		}
		n[at] = false
		at += "_" + sameName(member)
	}
	if _, taken := n[at]; taken {
		return false
	}
	n[at] = true
	return true
}

// members splits a[b][c]. A name that is written in another way is none:
// frameworks do not agree on a[], a[b or a[b]c.
func members(name string) (parts []string, ok bool) {
	odd := func(c rune) bool { return unicode.IsControl(c) }
	if strings.TrimSpace(name) != name || strings.ContainsFunc(name, odd) {
		return nil, false
	}
	head := until(name, "[]")
	parts = append(parts, head)
	for rest := name[len(head):]; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 2 || strings.IndexByte(rest[1:end], '[') >= 0 {
			return nil, false
		}
		parts, rest = append(parts, rest[1:end]), rest[end+1:]
	}
	return parts, head != "" && len(parts) <= 1+maxMembers
}

func sameName(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '.' || unicode.IsSpace(c) {
			return '_'
		}
		return c
	}, strings.ToLower(strings.ToUpper(s)))
}

// apart refuses a query that speaks of what the body speaks of too: frameworks
// that put the two together do not agree on which counts.
func apart(query map[string]string, body any) error {
	taken := map[string]bool{}
	take := func(name string) {
		taken[sameName(name)], taken[sameName(until(name, "[."))] = true, true
	}
	switch b := body.(type) {
	case map[string]string:
		for name := range b {
			take(name)
		}
	case map[string]any:
		for name := range b {
			take(name)
		}
	}
	for name := range query {
		if taken[sameName(name)] || taken[sameName(until(name, "[."))] {
			return errTwoPlaces.problem()
		}
	}
	return nil
}
