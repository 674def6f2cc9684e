package risk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// maxFile is far more than a policy takes.
const maxFile = 256 << 10

// file reads YAML strictly and keeps every problem with its place.
type file struct {
	name     string
	source   []byte
	problems []Problem
}

func (f *file) bad(n *yaml.Node, format string, args ...any) {
	f.problems = append(f.problems, Problem{max(n.Line, 1), max(n.Column, 1), fmt.Sprintf(format, args...)})
}

func (f *file) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return (&FileError{f.name, f.problems}).sorted()
}

// document returns the one document of the file.
func (f *file) document() *yaml.Node {
	start := &yaml.Node{}
	if len(f.source) > maxFile {
		f.bad(start, "the file is larger than 256 KiB: a policy is short")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(f.source))
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		f.bad(start, "the file is empty: write version, rules and kinds")
		return nil
	case err != nil:
		f.problems = append(f.problems, Problem{lineOf(err), 1, "is no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ") + "; indent by spaces, and quote text with a colon or a quotation mark"})
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		f.bad(&second, "a second document begins: a policy is one")
		return nil
	}
	if !f.plain(&doc) {
		return nil
	}
	return doc.Content[0]
}

// plain refuses what makes a file read otherwise than it looks.
func (f *file) plain(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		f.bad(n, "anchors and aliases are not read: write it out")
		return false
	}
	for _, k := range n.Content {
		if !f.plain(k) {
			return false
		}
	}
	return true
}

func lineOf(err error) int {
	_, after, found := strings.Cut(err.Error(), "line ")
	digits, _, _ := strings.Cut(after, ":")
	if n, bad := strconv.Atoi(digits); found && bad == nil {
		return n
	}
	return 1
}

// fields returns the members of an object that may have these keys only.
func (f *file) fields(n *yaml.Node, what string, keys ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	f.members(n, what, func(key, value *yaml.Node) {
		if !slices.Contains(keys, key.Value) {
			f.bad(key, "%s has no %q%s", what, key.Value, suggest(key.Value, keys))
			return
		}
		out[key.Value] = value
	})
	return out
}

// members calls each for every member of an object, once for a key.
func (f *file) members(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		f.bad(n, "%s must be an object: write \"key: value\" lines", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			f.bad(key, "a key of %s must be a word", what)
			continue
		}
		if seen[key.Value] {
			f.bad(key, "%s says %q twice: leave one out", what, key.Value)
			continue
		}
		seen[key.Value] = true
		each(key, value)
	}
}

// list returns the elements of a list.
func (f *file) list(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		f.bad(n, "%s must be a list: write \"- \" before each, or [a, b]", what)
		return nil
	}
	return n.Content
}

// text returns a text, false if there is none.
func (f *file) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || strings.TrimSpace(n.Value) == "" {
		f.bad(n, "%s must be a text: write one between ' and '", what)
		return "", false
	}
	return n.Value, true
}

// number returns a whole number from 0 to most.
func (f *file) number(n *yaml.Node, what string, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < 0 || v > most {
		f.bad(n, "%s must be a whole number from 0 to %d", what, most)
		return 0
	}
	return v
}

// choice returns one of some words.
func choice[T ~string](f *file, n *yaml.Node, what string, of []T) T {
	words := make([]string, len(of))
	for i, w := range of {
		words[i] = string(w)
	}
	if n.Kind == yaml.ScalarNode && slices.Contains(words, n.Value) {
		return T(n.Value)
	}
	hint := suggest(n.Value, words)
	if hint == "" {
		hint = "; there is " + strings.Join(words, ", ")
	}
	f.bad(n, "%s cannot be %q%s", what, n.Value, hint)
	return ""
}

// choices returns a list of such words.
func choices[T ~string](f *file, n *yaml.Node, what string, of []T) []T {
	out := []T{} // none is not the same as not said
	for _, k := range f.list(n, what) {
		if w := choice(f, k, what, of); w != "" && slices.Contains(out, w) {
			f.bad(k, "%s says %q twice: leave one out", what, w)
		} else if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// place is where a position in the text of n stands in the file.
func (f *file) place(n *yaml.Node, line, column int) (int, int) {
	switch {
	case n.Style&yaml.LiteralStyle != 0:
		at := n.Line + line
		lines := bytes.Split(f.source, []byte("\n"))
		if at-1 >= len(lines) {
			return n.Line, n.Column
		}
		text := lines[at-1]
		return at, len(text) - len(bytes.TrimLeft(text, " ")) + column
	case n.Style&yaml.FoldedStyle != 0, line > 1:
		return n.Line, n.Column
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return n.Line, n.Column + column
	}
	return n.Line, n.Column + column - 1
}
