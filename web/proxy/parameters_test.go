package proxy_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	formType = "application/x-www-form-urlencoded"
	goodForm = "iban=GB33BUKB20201555555555&holder=Anna"
	otherOne = "FR1420041010050500013M02606"
)

// Rule 7, G13, I12: a field that is there twice to some framework, under
// another name or in the query, would be shown as one thing and done as
// another.
func TestGuard_oneFieldTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, tt := range []struct{ name, query, media, body string }{
		{"case", "", formType, "IBAN=" + otherOne + "&" + goodForm},
		{"case beyond ASCII", "", formType, goodForm + "&%C5%BFort=1&sort=2"},
		{"a list", "", formType, goodForm + "&iban[]=" + otherOne},
		{"a list, escaped", "", formType, goodForm + "&iban%5B%5D=" + otherOne},
		{"a list alone", "", formType, goodForm + "&note[]=x"},
		{"a member", "", formType, goodForm + "&iban[0]=" + otherOne},
		{"a member before", "", formType, "iban[x]=" + otherOne + "&" + goodForm},
		{"members, one of them twice", "", formType, goodForm + "&a[b]=1&a[B]=2"},
		{"members of a member that is there", "", formType, goodForm + "&a[b]=1&a[b][c]=2"},
		{"an open bracket", "", formType, goodForm + "&iban[=" + otherOne},
		{"a bracket before", "", formType, goodForm + "&[iban]=" + otherOne},
		{"more after the bracket", "", formType, goodForm + "&iban[0]x=" + otherOne},
		{"a closed bracket alone", "", formType, goodForm + "&iban]=" + otherOne},
		{"five brackets", "", formType, goodForm + "&a[b][c][d][e][f]=1"},
		{"a blank before", "", formType, goodForm + "&+iban=" + otherOne},
		{"a blank after", "", formType, goodForm + "&iban+=" + otherOne},
		{"a tab before", "", formType, goodForm + "&%09iban=" + otherOne},
		{"dot and underscore", "", formType, goodForm + "&bank.account=1&bank_account=2"},
		{"blank and underscore", "", formType, goodForm + "&bank+account=1&bank_account=2"},
		{"dot and member", "", formType, goodForm + "&bank.account=1&bank[account]=2"},
		{"a method by another name", "", formType, goodForm + "&.method=DELETE"},
		{"a method in capitals", "", formType, goodForm + "&_METHOD=DELETE"},
		{"case in the query", "?a=1&A=2", jsonType, goodBody},
		{"query and form", "?iban=" + otherOne, formType, goodForm},
		{"query and form, in capitals", "?IBAN=" + otherOne, formType, goodForm},
		{"query and form, as a member", "?iban[x]=" + otherOne, formType, goodForm},
		{"query and JSON", "?iban=" + otherOne, jsonType, goodBody},
		{"query and JSON, in capitals", "?Iban=" + otherOne, jsonType, goodBody},
	} {
		s := sent{method: "POST", target: "/bank" + tt.query, seller: "S-1", media: tt.media, body: tt.body}
		if got := w.send(s); got.status != http.StatusBadRequest || !strings.Contains(got.body, "ambiguous_request") {
			t.Errorf("%s: %d %s", tt.name, got.status, got.body)
		}
	}
}

// Forms that every framework reads alike are sealed: members that stand for
// themselves, and a query that speaks of something else.
func TestGuard_fieldsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i, s := range []sent{
		{target: "/bank", media: formType, body: goodForm + "&payout[iban]=1&payout[holder]=2&bank.account=3&bank_name=4&rows[0][a]=5&rows[1][a]=6"},
		{target: "/bank?tab=1&from[day]=2", media: formType, body: goodForm},
		{target: "/bank?tab=1", media: jsonType, body: goodBody},
	} {
		s.method, s.seller = "POST", "S-"+string(rune('1'+i))
		w.sealed(s)
	}
}
