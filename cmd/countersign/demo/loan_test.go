package demo

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/client"
)

// loan asks for the sum in the middle and returns the action's id.
func (s *shop) loan() string {
	s.t.Helper()
	v := s.post("/loan", "amount", "12000.00")
	id, ok := strings.CutPrefix(v.Header.Get("Location"), s.gateway.URL+"/h/")
	if v.StatusCode != http.StatusSeeOther || !ok {
		s.t.Fatalf("loan: %d %s %s", v.StatusCode, v.Header.Get("Location"), v.text)
	}
	return id
}

// A loan is claimed with the very details it was asked for with, paid out once,
// and leaves alone where the seller is paid.
func TestLoan_paidOutOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	page := s.get("/loan")
	if got := textOf(byID(page.doc, "outlook")); !strings.Contains(got, "Every loan is approved twice") {
		t.Errorf("outlook: %s", got)
	}
	id := s.loan()
	if got := textOf(byID(s.get("/loan").doc, "change")); !strings.Contains(got, "Loan, BD-a1 Waiting for your approval. Nothing is paid out yet. EUR 12,000.00 , Bottega Capital Paid into IT60") {
		t.Errorf("asked: %s", got)
	}
	if got := textOf(byID(s.get("/bank").doc, "loan")); got != "See how your loan BD-a1 stands" {
		t.Errorf("bank page: %s", got)
	}
	if v := s.post("/changes/"+id+"/continue", "", ""); v.Header.Get("Location") != s.gateway.URL+"/h/again" {
		t.Errorf("go on: %d", v.StatusCode)
	}
	s.gateway.become(id, client.Approved)
	for range 2 {
		if code := s.hook("action.approved", id, nil); code != http.StatusNoContent {
			t.Fatalf("webhook: %d", code)
		}
	}
	s.unchanged()
	s.gateway.set(func() {
		if s.gateway.claims != 1 || !slices.Equal(s.gateway.results, []string{"executed BOTTEGA-BD-a1"}) {
			t.Errorf("%d claims, results %q", s.gateway.claims, s.gateway.results)
		}
	})
	if got := textOf(byID(s.get("/loan").doc, "change")); !strings.Contains(got, "Paid out.") {
		t.Errorf("paid out: %s", got)
	}
}

// A token for another loan pays nothing.
func TestLoan_tokenForAnother(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.loan()
	s.gateway.set(func() {
		s.gateway.token = func(claims map[string]any) { claims["kind"] = client.PayoutAccountChange }
	})
	s.gateway.become(id, client.Approved)
	s.hook("action.approved", id, nil)
	s.gateway.set(func() {
		if !slices.Equal(s.gateway.results, []string{"failed "}) {
			t.Errorf("results %q", s.gateway.results)
		}
	})
}

// The form takes the sums it offers, and one loan at a time.
func TestLoan_refused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if v := s.get("/loan"); v.StatusCode != http.StatusSeeOther {
		t.Errorf("not signed in: %d", v.StatusCode)
	}
	s.signIn()
	if v := s.post("/loan", "amount", "12000.01"); v.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(v.text, "Choose one of the sums.") {
		t.Errorf("another sum: %d", v.StatusCode)
	}
	first := s.loan()
	if v := s.post("/loan", "amount", "5000.00"); v.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(v.text, "Another loan is open.") {
		t.Errorf("a second: %d", v.StatusCode)
	}
	s.change() // a change of account beside it
	if v := s.post("/changes/"+first+"/cancel", "", ""); v.Header.Get("Location") != "/loan" {
		t.Errorf("cancel led to %s", v.Header.Get("Location"))
	}
}

// The loan of 2018: in the seller's name, into the thief's account.
func TestThief_loan(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.post("/thief", "seller", "S-2201", "what", "loan")
	if v.StatusCode != http.StatusSeeOther || v.Header.Get("Location") != "/attacks/a1" {
		t.Fatalf("%d %s", v.StatusCode, v.text)
	}
	got := textOf(byID(s.get("/attacks/a1").doc, "outcome"))
	if !strings.Contains(got, "no loan is paid out, and Ferri Ceramiche is still paid into IT60") {
		t.Errorf("outcome: %s", got)
	}
	change := textOf(byID(s.get("/attacks/a1").doc, "change"))
	if !strings.Contains(change, "EUR 12,000.00") || !strings.Contains(change, "NL91") {
		t.Errorf("the attack: %s", change)
	}
}
