package dev_test

import (
	"strings"
	"testing"

	"countersign/approvals"
)

// D7: the list with its filters, and one action from end to end.
func TestActions(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	if page := ada.get("/dev/actions").want(t, 200, ""); !strings.Contains(page.text, "no action here yet") {
		t.Errorf("nothing yet:\n%s", page.text)
	}
	a := o.Drive(t, approvals.CoolingOff)
	held := o.Drive(t, approvals.Held)
	for query, want := range map[string]struct{ a, held bool }{
		"": {true, true}, "?state=cooling_off": {true, false}, "?state=held": {false, true}, "?kind=contact.change": {false, false},
		"?seller=" + string(a.Seller): {true, false}, "?state=nonsense": {false, false}, "?seller=%00": {false, false},
	} {
		page := ada.get("/dev/actions"+query).want(t, 200, "")
		if strings.Contains(page.text, a.Reference) != want.a || strings.Contains(page.text, held.Reference) != want.held {
			t.Errorf("%q:\n%s", query, page.text)
		}
	}
	ada.get("/dev/actions?before="+newID()).want(t, 404, "")
	page := ada.get("/dev/actions/"+string(a.ID)).want(t, 200, "")
	for _, text := range []string{a.Reference, string(a.ID), "cooling_off", "notices_accepted", "notice", "accepted", "action.cooling_off"} {
		if !strings.Contains(page.text, text) {
			t.Errorf("the page does not say %q:\n%s", text, page.text)
		}
	}
	for _, word := range []string{"iban", "IBAN", "account_number", "@ferri.example\""} {
		if strings.Contains(page.text, word) {
			t.Errorf("the page says %q", word)
		}
	}
	seller, err := o.Parts.Reader.Seller(t.Context(), a.SellerKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range seller.Contacts {
		if strings.Contains(page.text, c.Email) {
			t.Errorf("an address is shown whole:\n%s", page.text)
		}
	}
}

// More than one page: each action is on one of them.
func TestActions_Pages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	for range 30 {
		o.Create(t)
	}
	first := ada.get("/dev/actions")
	at := strings.Index(first.text, "/dev/actions?before=")
	if n := strings.Count(first.text, `<a href="/dev/actions/`); n != 25 || at < 0 {
		t.Fatalf("%d on the first page", n)
	}
	next := first.text[at:]
	next = next[:strings.Index(next, `"`)]
	second := ada.get(next).want(t, 200, "")
	if n := strings.Count(second.text, `<a href="/dev/actions/`); n != 5 || strings.Contains(second.text, "Older ones") {
		t.Errorf("%d on the second page", n)
	}
}
