package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	yamlv3 "go.yaml.in/yaml/v3"
)

const envPrefix = "COUNTERSIGN_"

// Problem is one thing wrong with a configuration, where it stands and what
// to write instead.
type Problem struct {
	Line    int // in the file, 0 when the value is missing or comes from elsewhere
	Field   string
	Message string
}

// ConfigError is everything wrong with a configuration at once.
type ConfigError struct {
	File     string
	Problems []Problem
}

func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		where := e.File
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", e.File, p.Line)
		}
		lines[i] = fmt.Sprintf("%s: %s %s", where, p.Field, p.Message)
	}
	return strings.Join(lines, "\n")
}

// loadConfig reads the file at path and the environment and checks the
// result. An error about the content is a *ConfigError.
func loadConfig(path string) (Config, error) {
	lines, err := keyLines(path)
	if err != nil {
		return Config{}, err
	}
	known := keysOf(reflect.TypeFor[Config](), "")
	var problems []Problem
	for key, line := range lines {
		if here := inItem(known, key); !slices.Contains(here, key) && !isSection(here, key) {
			problems = append(problems, Problem{line, key, "is not a setting" + didYouMean(key, here)})
		}
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	fromEnv := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		return settingOf(name, known), value
	}})
	if err := k.Load(fromEnv, nil); err != nil {
		return Config{}, fmt.Errorf("read environment: %w", err)
	}
	c := defaults()
	if err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "koanf"}); err != nil {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	problems = append(problems, c.resolve()...)
	for _, p := range c.validate() {
		p.Line = lines[p.Field]
		problems = append(problems, p)
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return Config{}, &ConfigError{File: path, Problems: problems}
	}
	return c, nil
}

// settingOf returns the setting an environment variable overrides, or "".
func settingOf(name string, known []string) string {
	want := strings.TrimPrefix(name, envPrefix)
	for _, key := range known {
		if strings.ToUpper(strings.ReplaceAll(key, ".", "_")) == want {
			return key
		}
	}
	return ""
}

// keyLines returns the line of every key of a YAML file by dotted path.
func keyLines(path string) (map[string]int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var doc yamlv3.Node
	if err := yamlv3.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	lines := map[string]int{}
	if len(doc.Content) == 0 {
		return lines, nil
	}
	if doc.Content[0].Kind != yamlv3.MappingNode {
		return nil, errors.New(path + ":1: must be a list of settings, \"name: value\" each")
	}
	collect(doc.Content[0], "", lines)
	return lines, nil
}

func collect(n *yamlv3.Node, prefix string, lines map[string]int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := prefix + n.Content[i].Value
		lines[key] = n.Content[i].Line
		collectIn(n.Content[i+1], key+".", lines)
	}
}

// collectIn goes on in the value of a key: a section, or a list of them.
func collectIn(n *yamlv3.Node, prefix string, lines map[string]int) {
	if n.Kind == yamlv3.MappingNode {
		collect(n, prefix, lines)
		return
	}
	for i, item := range n.Content {
		if item.Kind == yamlv3.MappingNode {
			lines[prefix+strconv.Itoa(i)] = item.Line
			collect(item, prefix+strconv.Itoa(i)+".", lines)
		}
	}
}

// inItem returns the settings as they are called in the list item that key is
// in, if it is in one.
func inItem(known []string, key string) []string {
	for part := range strings.SplitSeq(key, ".") {
		if _, err := strconv.Atoi(part); err == nil {
			return strings.Split(strings.ReplaceAll(strings.Join(known, "\n"), listItem, part), "\n")
		}
	}
	return known
}

// listItem stands for the place in a list.
const listItem = "#"

// keysOf lists the dotted paths of all settings.
func keysOf(t reflect.Type, prefix string) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("koanf")
		if f.Type.Kind() == reflect.Struct {
			out = append(out, keysOf(f.Type, key+".")...)
			continue
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			out = append(out, keysOf(f.Type.Elem(), key+"."+listItem+".")...)
		}
		out = append(out, key)
	}
	return out
}

func isSection(known []string, key string) bool {
	return slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, key+".") })
}

// didYouMean names the setting a mistyped one is nearest to.
func didYouMean(key string, known []string) string {
	best, distance := "", 4
	for _, k := range known {
		if d := edits(key, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return "; remove it"
	}
	return "; did you mean " + best + "?"
}

// edits counts the letters to add, drop or change from a to b (Levenshtein).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
