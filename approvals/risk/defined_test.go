package risk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// withKinds is the default policy with kinds of a marketplace's own.
func withKinds(t testing.TB, own string) (*risk.Policy, error) {
	t.Helper()
	source, err := risk.Profile("default")
	if err != nil {
		t.Fatal(err)
	}
	return risk.Parse("p.yaml", append(source, own...))
}

// order is a kind with everything that a schema can say.
const shopOrder = `
  shop.order:
    name: {en: "Order", it: "Ordine"}
    details:
      type: object
      additionalProperties: false
      required: [to, code]
      properties:
        to: {$ref: destination}
        code: {type: string, pattern: '^a|b$', title: {en: Code, it: Codice}}
        note: {type: string, minLength: 2, maxLength: 5, title: {en: Note, it: Nota}}
        day: {type: string, format: date, title: {en: Day, it: Giorno}}
        size: {type: string, enum: [small, large], title: {en: Size, it: Misura}}
        agreed: {type: boolean, const: true, title: {en: Agreed, it: Accettato}}
        pieces: {type: integer, minimum: 1, maximum: 9, title: {en: Pieces, it: Pezzi}}
        parcels:
          type: array
          maxItems: 2
          title: {en: Parcels, it: Pacchi}
          items:
            type: object
            additionalProperties: false
            required: [weight]
            properties:
              weight: {type: integer, multipleOf: 5, title: {en: Weight, it: Peso}}
              tags: {type: array, maxItems: 3, uniqueItems: true, items: {type: string}, title: {en: Tags, it: Etichette}}
    low: {hours: 0}
    medium: {hours: 24}
    high: {hours: 72}
    critical: {hours: 72, outcome: freeze}
  shop.close:
    name: {en: "Close the shop", it: "Chiudere il negozio"}
    details:
      type: object
      additionalProperties: false
      properties:
        why: {type: string, title: {en: Why, it: Perché}}
    low: {hours: 24}
    medium: {hours: 24}
    high: {hours: 72}
    critical: {hours: 72, outcome: freeze}
`

const to = `{"iban":"IT60X0542811101000000123456","holder":"Anna"}`

func TestDefined_what_the_schema_refuses_is_named_by_its_path_and_never_quoted(t *testing.T) {
	t.Parallel()
	p, err := withKinds(t, shopOrder)
	if err != nil {
		t.Fatal(err)
	}
	for details, want := range map[string]string{
		`{"to":` + to + `,"code":"a"}`: "",
		`{"to":` + to + `,"code":"b","note":"ab","day":"2026-02-28","size":"small","agreed":true,"pieces":9,"parcels":[{"weight":5,"tags":["x","y"]},{"weight":10}]}`: "",
		`{}`:                                     "details.code must be there; details.to must be there",
		`[]`:                                     "details must be an object",
		`"SECRET"`:                               "details must be an object",
		`{"to":"SECRET","code":"SECRET"}`:        "details.code must match ^a|b$; details.to must be an object",
		`{"to":{},"code":"ab"}`:                  "details.code must match ^a|b$", // of the whole text, and the account is looked into elsewhere
		`{"to":{},"code":"a","secret":"SECRET"}`: "details.secret is not a field of this kind; remove it",
		`{"to":{},"code":"a","note":"S","pieces":0}`:                               "details.note must have 2 characters at least; details.pieces must be 1 or more",
		`{"to":{},"code":"a","note":"SECRET"}`:                                     "details.note must have 5 characters at most",
		`{"to":{},"code":"a","note":"a\u200bb"}`:                                   "details.note holds a control, bidi or invisible character",
		`{"to":{},"code":"a","day":"2026-02-30"}`:                                  "details.day must be of the format date",
		`{"to":{},"code":"a","size":"SECRET"}`:                                     "details.size must be one of small, large",
		`{"to":{},"code":"a","agreed":false}`:                                      "details.agreed must be true",
		`{"to":{},"code":"a","agreed":"SECRET"}`:                                   "details.agreed must be true or false",
		`{"to":{},"code":"a","pieces":10}`:                                         "details.pieces must be 9 or less",
		`{"to":{},"code":"a","pieces":"SECRET"}`:                                   "details.pieces must be a whole number",
		`{"to":{},"code":"a","parcels":[{"weight":5},{"weight":6}]}`:               "details.parcels.1.weight must be a multiple of 5",
		`{"to":{},"code":"a","parcels":[{},{"weight":5},{"weight":5}]}`:            "details.parcels must have 2 elements at most; details.parcels.0.weight must be there",
		`{"to":{},"code":"a","parcels":[{"weight":5,"tags":["SECRET","SECRET"]}]}`: "details.parcels.0.tags must not say the same twice",
		`{"to":{},"code":"a","parcels":[{"weight":5,"secret":1}]}`:                 "details.parcels.0.secret is not a field of this kind; remove it",
	} {
		var got []string
		for _, f := range p.Wrong("shop.order", json.RawMessage(details)) {
			got = append(got, f.Field+" "+f.Message)
		}
		if s := strings.Join(got, "; "); s != want || strings.Contains(s, "SECRET") {
			t.Errorf("%s\n got %s\nwant %s", details, s, want)
		}
	}
	if p.Wrong("shop.other", json.RawMessage(`{}`)) == nil {
		t.Error("a kind that is not defined is accepted")
	}
}

func TestDefined_a_definition_has_every_field_in_the_order_of_the_file(t *testing.T) {
	t.Parallel()
	p, err := withKinds(t, shopOrder)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := p.Definition("shop.order")
	var paths []string
	for _, f := range d.Fields {
		paths = append(paths, f.Path+"="+f.Text["it"])
	}
	want := "to=Accreditato su code=Codice note=Nota day=Giorno size=Misura agreed=Accettato pieces=Pezzi parcels=Pacchi parcels.weight=Peso parcels.tags=Etichette"
	if got := strings.Join(paths, " "); !ok || got != want || d.Destination != "to" || d.Name["it"] != "Ordine" {
		t.Errorf("%v %q %v\n%s", ok, d.Destination, d.Name, got)
	}
	if _, ok := p.Definition(approvals.LoanDisbursement); ok {
		t.Error("the gateway's own kind is defined by the file")
	}
	if k := p.Kinds(); !slices.Equal(k[len(k)-2:], []approvals.Kind{"shop.order", "shop.close"}) || p.CheckKind("shop.close") != nil || p.CheckKind("shop.closed") == nil {
		t.Errorf("kinds %v", k)
	}
	d.Name["it"], d.Fields[1].Text["it"] = "x", "x"
	if again, _ := p.Definition("shop.order"); again.Name["it"] == "x" || again.Fields[1].Text["it"] == "x" {
		t.Error("a caller changed the policy")
	}
}

// TestDefined_rules_speak_of_them: a rule, the table and a kind that is not there.
func TestDefined_rules_speak_of_them(t *testing.T) {
	t.Parallel()
	source, err := risk.Profile("payout_now")
	if err != nil {
		t.Fatal(err)
	}
	p, err := risk.Parse("payout_now.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	if milder := risk.Looser(risk.Default(), p); len(milder) != 0 {
		t.Errorf("milder: %q", milder)
	}
	for _, x := range []struct {
		kind   approvals.Kind
		method approvals.Method
		with   signals
		want   string
	}{
		{"shop.payout_now", approvals.Passkey, signals{"destination_age_hours": 168}, "allow [LOW] []"},
		{"shop.payout_now", approvals.Passkey, signals{"destination_age_hours": 167}, "deny [INSTANT-PAYOUT-TO-YOUNG] []"},
		{"shop.payout_now", approvals.TOTP, signals{"destination_age_hours": 168, "has_device": true}, "allow [CODE-USED INSTANT-PAYOUT-BY-CODE] [independent_proof]"},
		{"shop.payout_scheduled", approvals.Passkey, signals{"destination_age_hours": 0}, "allow [LOW] []"},
		{"shop.payout_scheduled", approvals.Passkey, signals{"destination_age_hours": 167, "country_change": true}, "deny [COUNTRY-CHANGE] []"},
		{"shop.payout_later", approvals.Passkey, nil, "deny [] []"},
	} {
		d := p.Judge(x.kind, x.method, calm.with(x.with))
		got := strings.Replace(fmt.Sprint(d.Outcome, " ", ids(d), " ", d.Require), "WAIT-BY-METHOD", "LOW", 1)
		if got != x.want {
			t.Errorf("%s by %s with %v: %s, want %s", x.kind, x.method, x.with, got, x.want)
		}
	}
	cases, err := p.ParseCases("c.yaml", []byte("cases: [{name: a, kind: shop.payout_now, inputs: {destination_age_hours: 1}, want: {outcome: deny}}]"))
	if err != nil || len(cases[0].Check(p)) > 0 {
		t.Errorf("cases %v %v", cases, err)
	}
	if _, err := risk.Default().ParseCases("c.yaml", []byte("cases: [{name: a, kind: shop.payout_now, want: {outcome: deny}}]")); err == nil {
		t.Error("a case of a kind that the policy does not define is read")
	}
	if x := p.Explain("shop.payout_scheduled", approvals.Passkey, calm.with(nil)); x.Row.Kind != "shop.payout_scheduled" || x.Row.When != "destination_age_hours < week" {
		t.Errorf("the row is %+v", x.Row)
	}
}

// TestDefined_signals_of_the_destination: those of the account paid into, and where a
// kind has none nothing about one is bad.
func TestDefined_signals_of_the_destination(t *testing.T) {
	t.Parallel()
	p, err := withKinds(t, shopOrder)
	if err != nil {
		t.Fatal(err)
	}
	f := approvals.Facts{Kind: "shop.order", Now: now, Details: json.RawMessage(`{"code":"a","to":{"iban":"IT60X0542811101000000123456","holder":"Anna","payee_check":{"scheme":"vop","result":"no_match"}}}`), Seller: approvals.Seller{Country: "GB"}}
	in := p.Decide(f).Inputs
	if in["payee_check"] != "no_match" || in["country_mismatch"] != true || in["destination_age_hours"] != int64(0) || in["kind"] != "shop.order" {
		t.Errorf("inputs of an order %v", in)
	}
	f.Kind, f.Details = "shop.close", json.RawMessage(`{"why":"enough","to":{"iban":"IT60X0542811101000000123456"}}`)
	in = p.Decide(f).Inputs
	if in["country_mismatch"] != false || in["destination_age_hours"] != int64(risk.Never) || in["destination_unused_hours"] != int64(0) {
		t.Errorf("inputs of a shop that closes %v", in)
	}
}

func TestDefined_looser_says_what_changed(t *testing.T) {
	t.Parallel()
	old, err := withKinds(t, shopOrder)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ old, new, want string }{
		"the same":          {"", "", ""},
		"a comment":         {"low: {hours: 0}", "low: {hours: 0} # at once", ""},
		"a longer wait":     {"medium: {hours: 24}", "medium: {hours: 25}", ""},
		"a shorter wait":    {"    high: {hours: 72}\n    critical: {hours: 72, outcome: freeze}\n  shop.close", "    high: {hours: 71}\n    critical: {hours: 72, outcome: freeze}\n  shop.close", "shop.order in class high asks for less"},
		"another name":      {`en: "Order"`, `en: "Purchase"`, "shop.order has another name"},
		"another word":      {"en: Weight", "en: Mass", "shop.order has another name"},
		"a wider schema":    {"maximum: 9", "maximum: 10", "shop.order has another name"},
		"a narrower schema": {"maximum: 9", "maximum: 8", "shop.order has another name"},
		"it is gone":        {shopOrder[strings.Index(shopOrder, "  shop.close"):], "", "shop.close is not defined any more"},
	} {
		next, err := withKinds(t, strings.Replace(shopOrder, x.old, x.new, 1))
		if err != nil {
			t.Fatal(name, err)
		}
		got := strings.Join(risk.Looser(old, next), "\n")
		if (got == "") != (x.want == "") || !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	if why := risk.Looser(risk.Default(), old); len(why) != 0 {
		t.Errorf("two kinds more: %q", why)
	}
}
