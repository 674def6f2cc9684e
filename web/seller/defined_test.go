package seller

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/templates"
)

// TA-01: all that is signed of a defined kind is listed, lists and large numbers as
// they are signed, and no number of an account.
func TestDefined_everything_signed_is_listed(t *testing.T) {
	t.Parallel()
	a := approvals.Action{
		ID: "018f", Kind: "shop.order", Marketplace: "acme", Seller: "s1",
		Details:  json.RawMessage(`{"gift":true,"none":[],"parcels":[{"weight":9007199254740991},{"weight":3}],"to":{"holder":"Anna","iban":"IT60X0542811101000000123456"}}`),
		Decision: approvals.Decision{Definition: &approvals.Definition{Destination: "to"}},
	}
	fields, err := signedFields(a)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		if strings.HasPrefix(f.Name, "details.") {
			got = append(got, f.Name+"="+f.Value)
		}
	}
	want := []string{
		"details.gift=true", "details.none=[]", "details.parcels.0.weight=9007199254740991", "details.parcels.1.weight=3",
		"details.to.holder=Anna", "details.to.iban=IT60 •••• … 3456",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// The choices of a history are the kinds that are in it, and the one asked for.
func TestDefined_a_history_offers_the_kinds_in_it(t *testing.T) {
	t.Parallel()
	name := map[string]string{"en": "Order"}
	got := historyKinds([]templates.HistoryEntry{{Kind: "shop.order", Name: name}, {Kind: approvals.LoanDisbursement}, {Verb: "lock"}, {Kind: "shop.order"}}, "shop.close")
	if len(got) != 2 || got[0].Kind != "shop.close" || got[1].Kind != "shop.order" || got[1].Name["en"] != "Order" {
		t.Errorf("%+v", got)
	}
	if got := historyKinds(nil, templates.HistoryAll); got != nil {
		t.Errorf("%+v", got)
	}
}
