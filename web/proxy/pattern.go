package proxy

import (
	"errors"
	"slices"
	"strings"
)

// pattern is the path of a guarded route: "/sellers/{id}/bank". A name in
// braces stands for one segment, {name...} at the end for one or more.
type pattern struct {
	segments []string
	params   []string // by segment: the name in braces, or ""
	stems    []string // by segment: without the ending of a script
	open     bool     // the last segment stands for the rest
	also     []pattern
}

var (
	errPattern      = errors.New("must be a path in plain characters, as in /bank or /sellers/{id}/bank: no query, no escapes, no . or .., no slash at the end")
	errPatternParam = errors.New("has a name in braces that is not lower-case letters, digits and _, or is there twice; write {id}, or {rest...} at the end")
)

func parsePattern(s string) (pattern, error) {
	p, err := parseSegments(s)
	if err == nil {
		p.also = unscripted(s)
	}
	return p, err
}

func parseSegments(s string) (pattern, error) {
	if !strings.HasPrefix(s, "/") || s == "/" {
		return pattern{}, errPattern
	}
	p := pattern{segments: strings.Split(s[1:], "/")}
	seen := map[string]bool{}
	for i, seg := range p.segments {
		bare, _ := stem(seg)
		p.stems = append(p.stems, bare)
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

// formatted reports whether a path of this pattern ends in a name in braces
// whose value has a dot: some frameworks take what follows it for a format, and
// so the value for another one.
func (p pattern) formatted(path string) bool {
	return p.params[len(p.params)-1] != "" && strings.Contains(path[strings.LastIndexByte(path, '/'):], ".")
}

// covers reports whether some reader could take this path for one of the
// pattern: case and empty segments do not count, nor does what follows a word
// and a dot, which frameworks take for a format and servers for a file.
func (p pattern) covers(path string) bool {
	return p.coversAs(path) || slices.ContainsFunc(p.also, func(q pattern) bool { return q.coversAs(path) })
}

func (p pattern) coversAs(path string) bool {
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
		case p.params[i] == "" && !wordOf(part, p.stems[i]):
			return false
		}
	}
}

// wordOf reports whether a segment is a word, or begins with it and a dot.
func wordOf(segment, word string) bool {
	for from := 0; ; {
		i := strings.IndexByte(segment[from:], '.')
		if i < 0 {
			return strings.EqualFold(segment, word)
		}
		if strings.EqualFold(segment[:from+i], word) {
			return true
		}
		from += i + 1
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
