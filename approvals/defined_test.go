package approvals

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestDefined_kinds_are_well_formed_and_of_no_family_of_the_gateway(t *testing.T) {
	t.Parallel()
	for k, want := range map[Kind]bool{
		"shop.payout_now": true, "shop.gift_card.order2": true, "payout.now": true, "loans.pay": true,
		Kind("a." + strings.Repeat("b", maxKind-2)): true, Kind("a." + strings.Repeat("b", maxKind-1)): false,
		"": false, "shop": false, "shop.": false, ".shop": false, "Shop.pay": false, "shop.2pay": false, "shop.pay\n": false, "shop..pay": false, "shop.pay-out": false, "şhop.pay": false,
		PayoutAccountChange: false, LoanDisbursement: false, "payout_account.close": false, "loan.refund": false, "contact.add": false, "authenticator.swap": false, "approver.x": false,
	} {
		if got := k.Defined(); got != want {
			t.Errorf("Defined(%q) = %v, want %v", k, got, want)
		}
	}
	if i := slices.IndexFunc(Kinds, Kind.Defined); i >= 0 {
		t.Errorf("%s is the gateway's own and may be defined", Kinds[i])
	}
}

// shopDefinition is a kind with everything that a definition can have.
var shopDefinition = Definition{
	Name: map[string]string{"en": "Order", "it": "Ordine"},
	Fields: []DefinedField{
		{"to", map[string]string{"en": "Paid into", "it": "Accreditato su"}},
		{"amount", map[string]string{"en": "Amount", "it": "Importo"}},
		{"parcels", map[string]string{"en": "Parcels", "it": "Pacchi"}},
		{"parcels.weight", map[string]string{"en": "Weight", "it": "Peso"}},
		{"parcels.city", map[string]string{"en": "City", "it": "Città"}},
		{"gift", map[string]string{"en": "Gift", "it": "Regalo"}},
	},
	Destination: "to",
}

func TestDefinedFacts_have_every_leaf_in_the_order_of_the_definition(t *testing.T) {
	t.Parallel()
	a := Action{Kind: "shop.order", Decision: Decision{Definition: &shopDefinition}}
	a.Details = json.RawMessage(`{"amount":"12.00","extra":{"b":7,"a":[]},"gift":true,"parcels":[{"city":"Turin","weight":3},{"city":"Bari","weight":9007199254740991}],"to":{"holder":"Anna","iban":"IT60X0542811101000000123456"}}`)
	var got []string
	for _, f := range DefinedFacts(a) {
		value := f.Value
		if f.Destination != nil {
			value = f.Destination.Holder + "/" + f.Destination.IBAN
		}
		got = append(got, f.Path+"|"+f.Text["en"]+"|"+f.Text["it"]+"|"+value)
	}
	want := []string{
		"to|Paid into|Accreditato su|Anna/IT60X0542811101000000123456",
		"amount|Amount|Importo|12.00",
		"parcels.0.weight|Parcels 1, Weight|Pacchi 1, Peso|3",
		"parcels.0.city|Parcels 1, City|Pacchi 1, Città|Turin",
		"parcels.1.weight|Parcels 2, Weight|Pacchi 2, Peso|9007199254740991",
		"parcels.1.city|Parcels 2, City|Pacchi 2, Città|Bari",
		"gift|Gift|Regalo|true",
		"extra.a|||[]",
		"extra.b|||7",
	}
	if !slices.Equal(got, want) {
		t.Errorf("facts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	a.Kind = LoanDisbursement
	if DefinedFacts(a) != nil {
		t.Error("a loan has facts of a defined kind")
	}
}

func TestDefinedFacts_without_a_definition_show_paths(t *testing.T) {
	t.Parallel()
	facts := DefinedFacts(Action{Kind: "shop.order", Details: json.RawMessage(`{"a":{},"b":{"c":"d"}}`)})
	if len(facts) != 2 || facts[0].Path != "a" || facts[0].Value != "{}" || facts[1].Path != "b.c" || facts[1].Value != "d" || facts[1].Text != nil {
		t.Errorf("facts %+v", facts)
	}
}

func TestDefined_the_stricter_decision_keeps_the_definition_of_the_first(t *testing.T) {
	t.Parallel()
	later := Definition{Name: map[string]string{"en": "Something else"}}
	if d := Stricter(Decision{Definition: &shopDefinition}, Decision{Definition: &later}); d.Definition != &shopDefinition {
		t.Errorf("definition %+v", d.Definition)
	}
}
