package templates

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

func instant() approvals.Action {
	text := func(en, it string) map[string]string { return map[string]string{"en": en, "it": it} }
	return approvals.Action{
		ID: "a", Reference: "AC-7K4Q-2M9X", Kind: "payout.instant", CreatedAt: time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC),
		Details: json.RawMessage(`{"amount":"12.50","destination":{"holder":"G. Ferri","iban":"NL91ABNA0417164300"},"note":"<i>now</i>","parcels":[{"city":"Turin"},{"city":"Bari"}]}`),
		Decision: approvals.Decision{Paid: &approvals.Paid{}, Definition: &approvals.Definition{
			Name: text("Instant payout", "Pagamento immediato"), Destination: "destination",
			Fields: []approvals.DefinedField{
				{Path: "destination", Text: text("Paid into", "Accreditato su")}, {Path: "amount", Text: map[string]string{"it": "Importo"}},
				{Path: "parcels", Text: text("Parcels", "Pacchi")}, {Path: "parcels.city", Text: text("City", "Citta")},
			},
		}},
	}
}

// TA-01: what a page says of a defined kind comes from the stored action and from the
// definition it was created under, every field of it.
func TestDefined_FactsOf_reads_every_field_that_is_signed(t *testing.T) {
	t.Parallel()
	f, err := FactsOf(instant(), approvals.Seller{Name: "Giulia Ferri"})
	if err != nil || f.Defined == nil || f.Loan != nil || f.From != nil || f.Paid() != nil {
		t.Fatalf("%+v, %v", f, err)
	}
	var got []string
	w := catalogue(t, EN)
	for _, field := range f.Defined.Fields {
		label, err := w.label(field)
		if err != nil {
			t.Fatal(err)
		}
		if field.Account {
			field.Value = f.To.Masked + " " + f.To.Holder
		}
		got = append(got, label+"="+field.Value)
	}
	want := "Paid into=NL91 •••• … 4300 G. Ferri|Importo=12.50|Parcels 1, City=Turin|Parcels 2, City=Bari|note=<i>now</i>"
	if strings.Join(got, "|") != want || f.Before == nil {
		t.Errorf("%s, want %s; before %v", strings.Join(got, "|"), want, f.Before)
	}
	bare := instant()
	bare.Decision.Definition = nil
	if f, err = FactsOf(bare, approvals.Seller{}); err != nil || w.kindName(*f.Defined) != "payout.instant" || len(f.Defined.Fields) == 0 {
		t.Errorf("without its definition: %+v, %v", f.Defined, err)
	}
}

// Every page on which somebody decides about a defined kind shows all that is signed:
// escaped, and the account masked.
func TestDefined_everything_signed_is_on_the_page(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	f, err := FactsOf(instant(), approvals.Seller{Name: "Giulia Ferri"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Facts{f, sampleBare(SampleFacts())} {
		for _, p := range []Page{
			Review{Frame: sampleFrame(), Facts: f, Stage: approvals.StageStepUp}, Review{Frame: sampleFrame(), Facts: f, Stage: approvals.StageConfirmation},
			Code{Frame: sampleFrame(), Facts: f}, Answer{Frame: sampleFrame(), Facts: f, State: AnswerOpen}, Status{Frame: sampleFrame(), Facts: f, State: approvals.Notifying},
			Stop{Frame: sampleFrame(), Facts: f}, Approver{Frame: sampleFrame(), Facts: f, State: ApproverAsked},
		} {
			page := renderPage(t, r, EN, p)
			for _, field := range f.Defined.Fields {
				if label, err := catalogue(t, EN).label(field); err != nil || !strings.Contains(page, html.EscapeString(label)) {
					t.Errorf("%T does not say what %s is called: %q, %v", p, field.Path, label, err)
				}
				if field.Account && (!strings.Contains(page, f.To.Holder) || !strings.Contains(page, f.To.Masked)) {
					t.Errorf("%T does not say whose account, or which: %+v", p, f.To)
				}
				if value := html.EscapeString(field.Value); !strings.Contains(page, value) && !strings.Contains(html.UnescapeString(page), field.Value) || strings.Contains(field.Value, "<") && strings.Contains(page, field.Value) {
					t.Errorf("%T does not say %q, or not escaped", p, field.Value)
				}
			}
			if strings.Contains(page, "ABNA0417164300") || strings.Contains(page, "your payout account") {
				t.Errorf("%T shows the number, or speaks of a payout account", p)
			}
		}
	}
}

// A mail repeats no more of somebody's text than fits, and nothing to go to (THREATS B8).
func TestDefined_mails_repeat_no_links_and_no_novels(t *testing.T) {
	t.Parallel()
	w := catalogue(t, EN)
	for value, want := range map[string]string{
		"EUR 12.50": "EUR 12.50", "": "Nothing", "https://evil.example": "", "call www.evil.example": "", "a@b": "", "evil.com": "", "verify24.com": "", "secure-2.bank/login": "", `c:\x`: "",
		strings.Repeat("è", 250): strings.Repeat("è", 199) + "… (the page shows all of it)", "12.2026": "12.2026", "/shop/7": "/shop/7",
	} {
		if want == "" {
			want = "Contains a link or an email address: open the request to read it"
		}
		if got, err := w.mailed(value); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", value, got, err, want)
		}
	}
	long := func(f Facts) Facts {
		f = sampleDefined(f)
		f.Defined.Name = map[string]string{"en": strings.Repeat("W", 80)}
		return f
	}
	r := sharedRenderer(t)
	for _, s := range SampleMails() {
		if slices.Contains(definedMails, s.Name) {
			for _, l := range Locales() {
				if _, err := r.Mail(l, mailAs(s.Mail, long)); err != nil {
					t.Errorf("%s: %v", s.Name, err)
				}
			}
		}
	}
}

// The desk sees what is signed, and no address and no number of an account in it.
func TestDefined_DeskFields_are_masked(t *testing.T) {
	t.Parallel()
	d := Defined{Fields: []DefinedFact{
		{Path: "a", Text: map[string]string{"it": "Testo"}, Value: "pay IT60 X054 2811 1010 0000 0123456 or giulia@ferri.example, 1240.50 on 2026-11-22"},
		{Path: "to", Account: true}, {Path: "b", Value: "NL91ABNA0417164300"}, {Path: "c", Value: strings.Repeat("y", 250)},
	}}
	got := d.DeskFields()
	want := []DeskField{
		{"Testo", "pay •••• 3456 or g•••@ferri.example, 1240.50 on 2026-11-22", false}, {"to", "", true}, {"b", "•••• 4300", false}, {"c", strings.Repeat("y", 199) + "…", false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
	if (*Defined)(nil).DeskFields() != nil {
		t.Error("a change has fields")
	}
}

// However many fields come before it, a mail and the desk say which account (THREATS A8).
func TestDefined_the_account_is_always_told(t *testing.T) {
	t.Parallel()
	f := sampleDefined(SampleFacts())
	account := f.Defined.Fields[slices.IndexFunc(f.Defined.Fields, func(d DefinedFact) bool { return d.Account })]
	f.Defined.Fields = nil
	for i := range 40 {
		f.Defined.Fields = append(f.Defined.Fields, DefinedFact{Path: fmt.Sprintf("tags.%d", i), Value: "x"})
	}
	f.Defined.Fields = append(f.Defined.Fields, account)
	if got := f.Defined.DeskFields(); len(got) != 26 || !got[24].Account || got[25].Value != "16 more fields" {
		t.Errorf("the desk has %+v", got)
	}
	shown, left := repeated(f.Defined.Fields)
	if len(shown) != 25 || !shown[24].Account || left != 16 {
		t.Errorf("a mail has %d fields and leaves out %d", len(shown), left)
	}
}
