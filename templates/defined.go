package templates

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"countersign/approvals"
)

// Defined is what an action says whose kind a marketplace defines: its name, and
// everything that is signed, in the order of the definition (STANDARDS TA-01).
type Defined struct {
	Kind   approvals.Kind
	Name   map[string]string // by locale
	Fields []DefinedFact
}

// DefinedFact is one thing that is signed, and what it is called.
type DefinedFact struct {
	Path    string
	Text    map[string]string // by locale; nil where the definition has no word for it
	Value   string
	Account bool // the value is the account paid into: Facts.To
}

// definedOf reads an action of a defined kind as it was defined when it was
// created, nil for any other, and fills the account it names.
func definedOf(a approvals.Action, to *Account) *Defined {
	if !a.Kind.Defined() {
		return nil
	}
	d := &Defined{Kind: a.Kind}
	if a.Decision.Definition != nil {
		d.Name = a.Decision.Definition.Name
	}
	for _, f := range approvals.DefinedFacts(a) {
		if f.Destination != nil {
			*to = AccountOf(*f.Destination)
		}
		d.Fields = append(d.Fields, DefinedFact{Path: f.Path, Text: f.Text, Value: f.Value, Account: f.Destination != nil})
	}
	return d
}

// texted is a text of the policy file in the reader's language, in the other one
// where it has no other, and else otherwise.
func (w *words) texted(texts map[string]string, otherwise string) string {
	return cmp.Or(texts[string(w.locale)], texts[string(otherLocale(w.locale))], otherwise)
}

// kindName is what a defined kind is called.
func (w *words) kindName(d Defined) string { return w.texted(d.Name, string(d.Kind)) }

// label is what a field is called: its path where nobody has named it, but for
// what a proxy adds.
func (w *words) label(f DefinedFact) (string, error) {
	if key := "defined." + f.Path; f.Text == nil && strings.HasPrefix(f.Path, "request.") && w.keys[key] != nil {
		return w.t(key)
	}
	return w.texted(f.Text, f.Path), nil
}

// Limits of what a mail repeats. The page shows all of it.
const (
	mailFields  = 24
	mailValue   = 200 // characters
	subjectKind = 22  // characters of a kind's name in a subject
)

// leading matches what mail programs make a link of. Whoever sits in the seller's
// session may have chosen the value (THREATS B8).
var leading = regexp.MustCompile(`://|\\|@|(?i:\bwww\.)|[\pL\pN]\.\pL{2}`)

// mailed is a value as a mail may repeat it.
func (w *words) mailed(value string) (string, error) {
	switch {
	case value == "":
		return w.t("defined.empty")
	case leading.MatchString(value):
		return w.t("defined.leads")
	case utf8.RuneCountInString(value) > mailValue:
		return w.t("defined.cut", "Start", cut(value, mailValue))
	}
	return value, nil
}

// cut keeps the first characters of a text.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimRight(string(runes[:most-1]), " ") + "…"
}

// definedRows are the rows of a mail for a defined kind.
func (c *composer) definedRows(f Facts) []row {
	rows := []row{{Label: c.word("defined.what"), Value: c.kindName(*f.Defined)}}
	fields, left := repeated(f.Defined.Fields)
	for _, field := range fields {
		label := c.keep(c.label(field))
		if !field.Account {
			rows = append(rows, row{Label: label, Value: c.keep(c.mailed(field.Value))})
			continue
		}
		rows = append(rows, row{Label: label, Value: c.numbered(f.To)})
		if f.To.NameCheck != "" {
			rows = append(rows, row{Label: c.word("check"), Value: c.keep(c.checked(f.To))})
		}
	}
	if left > 0 {
		rows = append(rows, row{Label: "…", Value: c.keep(c.n("defined.more", left))})
	}
	return rows
}

// repeated are the fields that a mail and the desk repeat, and how many they leave
// out: the first ones, and the account whatever stands before it, because whoever
// fills the fields may have filled many (THREATS A8).
func repeated(fields []DefinedFact) (shown []DefinedFact, left int) {
	for i, f := range fields {
		if i < mailFields || f.Account {
			shown = append(shown, f)
		}
	}
	return shown, len(fields) - len(shown)
}

// DeskFields are what is signed of a defined kind, as the desk shows it: somebody's
// text, with addresses and long numbers masked. Nobody decides there what is signed, so
// that not all of a novel is shown.
func (d *Defined) DeskFields() []DeskField {
	if d == nil {
		return nil
	}
	var out []DeskField
	fields, left := repeated(d.Fields)
	for _, f := range fields {
		out = append(out, DeskField{
			Name: cmp.Or(f.Text[string(EN)], f.Text[string(IT)], f.Path), Value: cut(maskText(f.Value), mailValue), Account: f.Account,
		})
	}
	if left > 0 {
		out = append(out, DeskField{Name: "…", Value: DeskCount(left, 1<<30, "more field", "more fields")})
	}
	return out
}

var (
	anAddress = regexp.MustCompile(`[^\s@<>,;:"']+@[^\s@<>,;:"']+`)
	aNumber   = regexp.MustCompile(`\b[A-Z]{0,2}\d(?: ?[A-Z]{0,7}\d){7,}[A-Z]*\b`)
)

// maskText masks what may be an address or the number of an account in somebody's text.
func maskText(s string) string {
	s = anAddress.ReplaceAllStringFunc(s, MaskEmail)
	return aNumber.ReplaceAllStringFunc(s, func(n string) string { return "•••• " + n[len(n)-4:] })
}
