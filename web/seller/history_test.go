package seller_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// again makes another action of the same seller, in the place of the open one.
func (g *gateway) again(a approvals.Action) approvals.Action {
	g.t.Helper()
	r := g.Request(a.SellerKey())
	r.Seller.Locale, r.Supersede = "en", true
	made, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return made
}

var entries = regexp.MustCompile(`[A-Z]{2}-[A-Z0-9]{4}-[A-Z0-9]{4}</span></p>`)

// TestS10_History: newest first, in plain words, page by page, narrowed by the
// filters, and for thirteen months.
func TestS10_History(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	old := g.Create(t)
	g.Clock.Advance(400 * 24 * time.Hour)
	a := g.again(old)
	for range 24 {
		g.Clock.Advance(time.Hour)
		a = g.again(a)
	}
	if err := g.Service.WaitLonger(t.Context(), a.SellerKey(), time.Hour); err != nil {
		t.Fatal(err)
	}
	b := g.browser()
	page := b.get(g.sellerLink(a, approvals.ForHistory)).want(http.StatusOK)
	if n := len(entries.FindAllString(page.body, -1)); n != 19 {
		t.Errorf("%d actions on the first page", n)
	}
	if !strings.Contains(page.body, "A longer wait was chosen") || strings.Index(page.body, "A longer wait") > strings.Index(page.body, a.Reference) {
		t.Error("the newest does not come first")
	}
	if !page.leads("/actions/"+a.Reference+"/cancel") || !strings.Contains(page.body, "ending 5555") {
		t.Error("the newest leads to no question, or says not what it was about")
	}
	older := regexp.MustCompile(`/history\?before=[0-9a-f-]+`).FindString(page.body)
	page = b.get(older).want(http.StatusOK)
	if n := len(entries.FindAllString(page.body, -1)); n != 6 || strings.Contains(page.body, old.Reference) {
		t.Errorf("%d actions on the second page, the one of 13 months ago among them: %v", n, strings.Contains(page.body, old.Reference))
	}
	for query, want := range map[string]int{
		"kind=security": 0, "kind=payout_account.change": 20, "kind=contact.change": 0, "period=30d": 19, "kind=nonsense&period=x": 19,
		"before=not-an-id": 19, "before=' OR 1=1": 19,
	} {
		values, _ := url.ParseQuery(query)
		page := b.get("/history?" + values.Encode()).want(http.StatusOK)
		if n := len(entries.FindAllString(page.body, -1)); n != want {
			t.Errorf("%s: %d actions, want %d", query, n, want)
		}
	}
	page = b.get("/history?kind=contact.change").want(http.StatusOK)
	if !strings.Contains(page.body, "nothing of this kind") {
		t.Error("an empty list says nothing")
	}
}

// TestS10_Table: the same, all pages at once, as a file.
func TestS10_Table(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	for range 60 {
		a = g.again(a)
	}
	b := g.browser()
	b.get(g.sellerLink(a, approvals.ForHistory))
	got := b.get("/history.csv").want(http.StatusOK)
	if got.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.Header)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.body, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 62 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	for _, secret := range []string{"GB33BUKB20201555555555", "NL91ABNA0417164300"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("the table holds %s", secret)
		}
	}
}

// TestS10_NobodyElses: a history is of one seller.
func TestS10_NobodyElses(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, other := g.Create(t), g.Create(t)
	b := g.browser()
	page := b.get(g.sellerLink(a, approvals.ForHistory) + "?seller=" + string(other.Seller))
	if !strings.Contains(page.body, a.Reference) || strings.Contains(page.body, other.Reference) {
		t.Error("another seller's history")
	}
}

// TestS10_NotMe: what the seller was told of leads to the question of its notice,
// in a visit with a proof; what nobody was told of does not.
func TestS10_NotMe(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.Cancelled)
	g.phone(a) // told
	g.Clock.Advance(time.Hour)
	if err := g.auth.Rename(t.Context(), a.SellerKey(), g.has(a.SellerKey())[0].ID, "Work phone"); err != nil { // not told
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/not-me/[\w-]+`)
	look := func(proved bool) []string {
		t.Helper()
		b := g.browser()
		b.get(g.sellerLink(a, approvals.ForHistory)).want(http.StatusOK)
		if proved {
			b.keep(g.begin(a, true))
		}
		return link.FindAllString(b.get("/history?kind=security").want(http.StatusOK).body, -1)
	}
	if found := look(false); len(found) != 0 {
		t.Errorf("a session alone is led to %v", found)
	}
	found := look(true)
	if len(found) != 1 {
		t.Fatalf("links %v, want the one of the notice", found)
	}
	b := g.browser()
	page := b.get(found[0]).want(http.StatusOK)
	g.Clock.Advance(time.Hour)
	b.post("/not-me", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK)
	if s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey()); err != nil || !s.Locked {
		t.Errorf("locked %v, %v", s.Locked, err)
	}
}
