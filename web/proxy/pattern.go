package proxy

import (
	"errors"
	"strings"
)

// pattern is the path of a guarded route: "/sellers/{id}/bank". A name in
// braces stands for one segment, {name...} at the end for one or more.
type pattern struct {
	segments []string
	params   []string // by segment: the name in braces, or ""
	open     bool     // the last segment stands for the rest
}

var (
	errPattern      = errors.New("must be a path in plain characters, as in /bank or /sellers/{id}/bank: no query, no escapes, no . or .., no slash at the end")
	errPatternParam = errors.New("has a name in braces that is not lower-case letters, digits and _, or is there twice; write {id}, or {rest...} at the end")
)

func parsePattern(s string) (pattern, error) {
	if !strings.HasPrefix(s, "/") || s == "/" {
		return pattern{}, errPattern
	}
	p := pattern{segments: strings.Split(s[1:], "/")}
	seen := map[string]bool{}
	for i, seg := range p.segments {
		name, braced := strings.CutPrefix(seg, "{")
		if !braced {
			if !plainSegment(seg) {
				return pattern{}, errPattern
			}
			p.params = append(p.params, "")
			continue
		}
		name, closed := strings.CutSuffix(name, "}")
		name, rest := strings.CutSuffix(name, "...")
		if !closed || !paramName(name) || seen[name] || rest && i != len(p.segments)-1 {
			return pattern{}, errPatternParam
		}
		seen[name], p.open = true, rest
		p.params = append(p.params, name)
	}
	return p, nil
}

func paramName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// plainSegment reports whether every reader takes a segment for the same thing:
// it has no second spelling but its case.
func plainSegment(s string) bool {
	for i := range len(s) {
		if plainBytes[s[i]]&inSegment == 0 {
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}

// match reports whether a path written plainly is one of this pattern, and
// what its names stand for.
func (p pattern) match(path string) (map[string]string, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < len(p.segments) || len(parts) > len(p.segments) && !p.open {
		return nil, false
	}
	values := map[string]string{}
	for i, part := range parts {
		last := min(i, len(p.segments)-1)
		switch name := p.params[last]; {
		case !plainSegment(part), name == "" && part != p.segments[last]:
			return nil, false
		case i > last:
			values[name] += "/" + part
		case name != "":
			values[name] = part
		}
	}
	return values, true
}

// covers reports whether some reader could take this path for one of the
// pattern: case and empty segments do not count.
func (p pattern) covers(path string) bool {
	for i := 0; ; i++ {
		var part string
		for part == "" && path != "" {
			part, path, _ = strings.Cut(path, "/")
		}
		switch {
		case part == "":
			return i >= len(p.segments)
		case i >= len(p.segments):
			return p.open
		case p.params[i] == "" && !strings.EqualFold(part, p.segments[i]):
			return false
		}
	}
}

// meets reports whether some path is of both patterns.
func (p pattern) meets(q pattern) bool {
	short, long := p, q
	if len(short.segments) > len(long.segments) {
		short, long = long, short
	}
	if len(short.segments) < len(long.segments) && !short.open {
		return false
	}
	for i, seg := range short.segments {
		if short.params[i] == "" && long.params[i] == "" && !strings.EqualFold(seg, long.segments[i]) {
			return false
		}
	}
	return true
}
