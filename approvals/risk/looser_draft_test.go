package risk_test

import (
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"countersign/approvals/risk"
)

// draft is a policy file that can be changed piece by piece.
type draft struct {
	Name       string
	Version    int
	Thresholds map[string]int
	Counts     map[string][]string
	Rules      []draftRule
	Kinds      map[string]draftRows
}

type draftRule struct {
	ID      string
	When    string
	Class   string   `yaml:",omitempty"`
	Outcome string   `yaml:",omitempty"`
	Require []string `yaml:",omitempty"`
	Hours   int      `yaml:",omitempty"`
	Text    map[string]string
}

type draftRow struct {
	When                        string `yaml:",omitempty"`
	Low, Medium, High, Critical draftCell
}

type draftCell struct {
	Hours                    int
	Outcome                  string   `yaml:",omitempty"`
	Require, Methods, Advice []string `yaml:",omitempty"`
}

// draftRows are the rows of a kind: a file with one may leave the list out.
type draftRows []draftRow

func (r *draftRows) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]draftRow)(r))
	}
	*r = make(draftRows, 1)
	return n.Decode(&(*r)[0])
}

func (r *draftRow) cells() []*draftCell {
	return []*draftCell{&r.Low, &r.Medium, &r.High, &r.Critical}
}

// readDraft is the default policy, with methods of which a draft can permit more.
func readDraft(t interface{ Fatal(...any) }) draft {
	var d draft
	if err := yaml.Unmarshal(risk.Default().Source(), &d); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"contact.change", "loan.disbursement"} {
		d.Kinds[k][0].High.Methods, d.Kinds[k][0].Critical.Methods = []string{"passkey"}, []string{"passkey"}
	}
	return d
}

var draftClasses = []string{"low", "", "medium", "high", "critical"} // "": ahead of the last rule

// parse compiles the draft, its rules in the order that a file must have.
func (d draft) parse(t interface{ Fatal(...any) }) (*risk.Policy, error) {
	slices.SortStableFunc(d.Rules, func(a, b draftRule) int {
		return slices.Index(draftClasses, b.Class) - slices.Index(draftClasses, a.Class)
	})
	source, err := yaml.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return risk.Parse("draft.yaml", source)
}

// oneOf draws one of a list, and where it stands.
func oneOf[T any](t *rapid.T, of []T) (int, *T) {
	i := rapid.IntRange(0, len(of)-1).Draw(t, "")
	return i, &of[i]
}

func without[T any](of []T, i int) []T { return slices.Delete(slices.Clone(of), i, i+1) }

// joined puts another condition beside one.
func joined(t *rapid.T, when string) string {
	other := rapid.SampledFrom([]string{"class_shift", "security_age_hours < week", "alike_24h >= 2", "first_destination", `method != "passkey"`, "strong_signals >= 2"}).Draw(t, "other")
	return "(" + when + ")" + rapid.SampledFrom([]string{" || ", " && "}).Draw(t, "joined") + "(" + other + ")"
}

// changes are what is done to drafts, most of it milder, some as strict or stricter.
var changes = []func(*rapid.T, *draft){
	func(t *rapid.T, d *draft) { changeCounts(t, d.Counts) },
	func(t *rapid.T, d *draft) { changeCounts(t, d.Counts) },
	func(t *rapid.T, d *draft) {
		name := rapid.SampledFrom([]string{"week", "aged_destination", "month"}).Draw(t, "threshold")
		d.Thresholds[name] = rapid.SampledFrom([]int{100, 168, 336, 720, 1000}).Draw(t, "hours")
	},
	func(t *rapid.T, d *draft) { // a rule less, or one twice
		i, r := oneOf(t, d.Rules)
		if rapid.Bool().Draw(t, "less") {
			d.Rules = without(d.Rules, i)
			return
		}
		twice := *r
		twice.ID += "-X"
		twice.When = joined(t, twice.When)
		d.Rules = append([]draftRule{twice}, d.Rules...)
	},
	func(t *rapid.T, d *draft) { _, r := oneOf(t, d.Rules); r.When = joined(t, r.When) },
	func(t *rapid.T, d *draft) {
		_, r := oneOf(t, d.Rules)
		r.Class = rapid.SampledFrom(draftClasses).Draw(t, "class")
	},
	func(t *rapid.T, d *draft) {
		_, r := oneOf(t, d.Rules)
		r.Hours = rapid.SampledFrom([]int{0, 1, 100, 200}).Draw(t, "hours")
	},
	func(t *rapid.T, d *draft) { _, r := oneOf(t, d.Rules); r.Outcome = drawOutcome(t) },
	func(t *rapid.T, d *draft) { _, r := oneOf(t, d.Rules); r.Require = drawRequire(t) },
	func(t *rapid.T, d *draft) { _, c := oneOf(t, drawRow(t, d).cells()); (*c).Require = drawRequire(t) },
	func(t *rapid.T, d *draft) { _, c := oneOf(t, drawRow(t, d).cells()); (*c).Outcome = drawOutcome(t) },
	func(t *rapid.T, d *draft) {
		_, c := oneOf(t, drawRow(t, d).cells())
		(*c).Hours = rapid.SampledFrom([]int{0, 24, 72, 100, 168, 200}).Draw(t, "hours")
	},
	func(t *rapid.T, d *draft) {
		_, c := oneOf(t, drawRow(t, d).cells())
		(*c).Methods = rapid.SampledFrom([][]string{nil, {"passkey"}, {"passkey", "totp"}}).Draw(t, "methods")
	},
	changeRows,
}

func drawOutcome(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "review", "freeze", "deny"}).Draw(t, "outcome")
}

func drawRequire(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{nil, {"independent_proof"}, {"passkey_or_second_approver"}, {"independent_proof", "second_approver"}}).Draw(t, "require")
}

// kindsOfRows are the kinds with more than one row, and one that has no more.
var kindsOfRows = []string{"payout_account.change", "payout_account.switch", "loan.disbursement", "contact.change"}

func drawRow(t *rapid.T, d *draft) *draftRow {
	_, r := oneOf(t, d.Kinds[rapid.SampledFrom(kindsOfRows).Draw(t, "kind")])
	return r
}

// changeCounts drops, joins, swaps, doubles or changes what a count counts.
func changeCounts(t *rapid.T, counts map[string][]string) {
	key := rapid.SampledFrom([]string{"strong", "strong", "weak"}).Draw(t, "counts")
	list := counts[key]
	if len(list) < 2 {
		return
	}
	i, c := oneOf(t, list)
	switch rapid.IntRange(0, 5).Draw(t, "how") {
	case 0:
		list = without(list, i)
	case 1:
		j := (i + 1) % len(list)
		list[j] = "(" + list[j] + ") || (" + *c + ")"
		list = without(list, i)
	case 2:
		list = []string{"(" + strings.Join(list, ") || (") + ")"}
	case 3:
		j := (i + 1) % len(list)
		list[i], list[j] = list[j], list[i]
	case 4:
		list = append(list, *c)
	case 5:
		if joined := joined(t, *c); !strings.Contains(joined, "strong_signals") {
			list[i] = joined
		}
	}
	counts[key] = list
}

// changeRows drops, swaps or adds rows of a kind, or changes when one applies.
func changeRows(t *rapid.T, d *draft) {
	k := rapid.SampledFrom(kindsOfRows).Draw(t, "kind")
	rows := d.Kinds[k]
	i, r := oneOf(t, rows)
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		if len(rows) > 1 {
			rows = without(rows, i)
		}
	case 1:
		twice := *r
		twice.When = rapid.SampledFrom([]string{"first_destination", "country_change", "strong_signals >= 1"}).Draw(t, "when")
		rows = append(draftRows{twice}, rows...)
	case 2:
		if r.When != "" {
			r.When = joined(t, r.When)
		}
	}
	d.Kinds[k] = rows
}

// TestLooser_Draft: the file that the property changes is the default, and can be
// read again.
func TestLooser_Draft(t *testing.T) {
	t.Parallel()
	p, err := readDraft(t).parse(t)
	if err != nil || len(risk.Looser(risk.Default(), p)) != 0 {
		t.Fatal(err, risk.Looser(risk.Default(), p))
	}
}
