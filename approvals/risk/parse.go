package risk

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"

	yaml "go.yaml.in/yaml/v3"

	"countersign/approvals"
)

const (
	maxRules = 100
	maxHours = 24 * 90
)

var (
	idForm   = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	wordForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// parser reads one policy file.
type parser struct {
	file
	policy *Policy
	base   *vocabulary // what counts can speak of
	words  *vocabulary // what rules and rows can
}

// Parse reads a policy file. The error is a *FileError: it says of everything that
// is wrong where it stands and what to write instead. name is for messages.
func Parse(name string, source []byte) (*Policy, error) {
	p := &parser{file: file{name: name, source: source}, policy: &Policy{
		source: slices.Clone(source), scale: 1, thresholds: map[string]int64{}, counts: map[string][]*condition{}, rows: map[approvals.Kind][]*row{},
		defined: map[approvals.Kind]*definedKind{},
	}}
	root := p.document()
	if root == nil {
		return nil, p.err()
	}
	f := p.fields(root, "a policy", "name", "version", "thresholds", "counts", "rules", "kinds")
	p.needs(root, f, "a policy", "name", "version", "rules", "kinds")
	p.title(f)
	p.own(f["kinds"])
	if err := p.vocabularies(f); err != nil {
		return nil, err
	}
	if n := f["rules"]; n != nil {
		p.rules(n)
	}
	if n := f["kinds"]; n != nil {
		p.kinds(n)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.policy, nil
}

// needs says what is missing.
func (p *parser) needs(at *yaml.Node, have map[string]*yaml.Node, what string, keys ...string) {
	for _, k := range keys {
		if have[k] == nil && at.Kind == yaml.MappingNode {
			p.bad(at, "%s needs %q: write \"%s: ...\"", what, k, k)
		}
	}
}

// title reads what the policy is called, and names its very text.
func (p *parser) title(f map[string]*yaml.Node) {
	version := 0
	if n := f["version"]; n != nil {
		version = p.number(n, "version", 1_000_000)
	}
	if n := f["name"]; n != nil {
		if name, ok := p.text(n, "name"); ok && !nameForm.MatchString(name) {
			p.bad(n, "name is of small letters, digits, _ and -, 40 at most: write name: my-policy")
		} else {
			p.policy.name = name
		}
	}
	sum := sha256.Sum256(p.source)
	p.policy.version = fmt.Sprintf("%s-%d.%x", p.policy.name, version, sum[:4])
}

// vocabularies reads the thresholds and the counts, and with them what rules can
// speak of.
func (p *parser) vocabularies(f map[string]*yaml.Node) error {
	if n := f["thresholds"]; n != nil {
		p.members(n, "thresholds", func(key, value *yaml.Node) {
			_, is := find(slices.Concat(signals, counted), key.Value)
			switch {
			case is:
				p.bad(key, "%s is a signal: call the threshold something else", key.Value)
			case !wordForm.MatchString(key.Value):
				p.bad(key, "a threshold's name is of small letters, digits and _: write known_device_hours")
			default:
				p.policy.thresholds[key.Value] = int64(p.number(value, "threshold "+key.Value, Never))
			}
		})
	}
	var err error
	if p.base, err = newVocabulary(p.speaking(signals), p.policy.thresholds); err != nil {
		return err
	}
	if n := f["counts"]; n != nil {
		lists := p.fields(n, "counts", "strong", "weak")
		for key, into := range map[string]string{"strong": sigStrong, "weak": sigWeak} {
			if lists[key] == nil {
				continue
			}
			for _, e := range p.list(lists[key], "counts."+key) {
				if c := p.condition(p.base, e, "counts."+key); c != nil {
					p.policy.counts[into] = append(p.policy.counts[into], c)
				}
			}
		}
	}
	p.words, err = newVocabulary(p.speaking(slices.Concat(signals, counted)), p.policy.thresholds)
	return err
}

func find(of []signal, name string) (signal, bool) {
	i := slices.IndexFunc(of, func(s signal) bool { return s.name == name })
	if i < 0 {
		return signal{}, false
	}
	return of[i], true
}

// condition compiles an expression, and moves its complaints to their place in the
// file.
func (p *parser) condition(v *vocabulary, n *yaml.Node, what string) *condition {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && n.Value == "true" {
		n.Tag = "!!str" // a rule for everything
	}
	text, ok := p.text(n, what)
	if !ok {
		return nil
	}
	c, wrong := v.compile(text)
	for _, w := range wrong {
		line, column := p.place(n, w.line, w.column)
		p.problems = append(p.problems, Problem{line, column, what + " " + w.what})
	}
	if c != nil {
		c.line = n.Line
	}
	return c
}

// rules reads the rules and holds their order: the strictest first, and one for
// everything last.
func (p *parser) rules(n *yaml.Node) {
	list := p.list(n, "rules")
	if len(list) > maxRules {
		p.bad(n, "there are %d rules and may be %d: join some", len(list), maxRules)
		return
	}
	seen, mildest := map[string]int{}, len(classOrder)
	for _, e := range list {
		r := p.rule(e)
		if before, twice := seen[r.ID]; twice && r.ID != "" {
			p.bad(e, "rule %s stands on line %d already: give this one an id of its own", r.ID, before)
		}
		seen[r.ID] = e.Line
		if rank := slices.Index(classOrder, r.Class); rank > mildest {
			p.bad(e, "rule %s (%s) stands behind a rule of class %s: rules stand strictest first, since the first that holds decides; move it up",
				r.ID, r.Class, classOrder[mildest])
		} else if rank >= 0 {
			mildest = rank
		}
		p.policy.rules = append(p.policy.rules, r)
	}
	if len(list) == 0 {
		p.bad(n, "there are no rules: write at least the last, with when: \"true\"")
		return
	}
	if last := p.policy.rules[len(list)-1]; last.when != nil && (!last.when.form.always() || last.Class == "") {
		p.bad(list[len(list)-1], "the last rule must have a class and hold for everything: write when: \"true\"")
	}
}

var locales = []string{"en", "it"}

func (p *parser) rule(n *yaml.Node) *rule {
	r := &rule{Rule: Rule{Line: n.Line, Text: map[string]string{}}}
	f := p.fields(n, "a rule", "id", "when", "class", "outcome", "require", "hours", "text")
	p.needs(n, f, "a rule", "id", "when", "text")
	if k := f["id"]; k != nil {
		r.ID, _ = p.text(k, "id")
		if r.ID != "" && !idForm.MatchString(r.ID) {
			p.bad(k, "id is of capital letters and digits with - between: write %s", "NEW-DEVICE")
		}
	}
	if k := f["when"]; k != nil {
		r.when = p.condition(p.words, k, "when")
		r.When = k.Value
	}
	if k := f["class"]; k != nil {
		r.Class = choice(&p.file, k, "class", classOrder)
	}
	if k := f["outcome"]; k != nil {
		r.Outcome = choice(&p.file, k, "outcome", outcomeOrder[1:])
	}
	if k := f["hours"]; k != nil {
		r.Hours = p.number(k, "hours", maxHours)
	}
	if k := f["require"]; k != nil {
		r.require = choices(&p.file, k, "require", []need{needSecond, needIndependent, needPasskeyOrSecond})
		r.Require = words(r.require)
	}
	if n.Kind == yaml.MappingNode && f["class"] == nil && !r.asks() {
		p.bad(n, "rule %s asks for nothing: write a class, an outcome, require or hours", r.ID)
	}
	if k := f["text"]; k != nil {
		p.sentences(r, k)
	}
	return r
}

// sentences reads what a seller is told, in every language there is.
func (p *parser) sentences(r *rule, n *yaml.Node) {
	f := p.fields(n, "text", locales...)
	for _, l := range locales {
		k := f[l]
		if k == nil {
			p.bad(n, "text has no %q: write the sentence that a seller reads, in every language", l)
			continue
		}
		s, ok := p.text(k, "text."+l)
		if ok && len(s) > 300 {
			p.bad(k, "text.%s is longer than 300 letters: write one sentence", l)
		}
		r.Text[l] = s
	}
}

func words(of []need) []string {
	var out []string
	for _, n := range of {
		out = append(out, string(n))
	}
	return out
}
