package seller_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/web/seller"
)

// TestC7_TokensAreTyped: a link of one purpose is unknown to every other.
func TestC7_TokensAreTyped(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	own := map[approvals.Purpose]string{approvals.HandoffLink: "/h/", approvals.ConfirmLink: "/confirm/", approvals.StopLink: "/cancel/"}
	for purpose := range own {
		for other, path := range own {
			got := g.browser().send(http.MethodGet, path+g.token(purpose, a), nil)
			if want := purpose == other; (got.StatusCode != http.StatusNotFound) != want {
				t.Errorf("%s token at %s: %d", purpose, path, got.StatusCode)
			}
		}
	}
}

var requestID = regexp.MustCompile(`<p class="hint">[^<]*</p>`)

// TestC5_GuessedTokensAreOne404 tries ten thousand tokens that nobody made, and
// the ones that are nearly right.
func TestC5_GuessedTokensAreOne404(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	right := g.token(approvals.ConfirmLink, a)
	tries := []string{
		right[:len(right)-1], right[1:], right + "A", strings.ToUpper(right), strings.ToLower(right), right + "%00", "%2563" + right[1:], "c",
	}
	for range 10_000 {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		tries = append(tries, "c"+base64.RawURLEncoding.EncodeToString(b))
	}
	pages := seller.New(g.config)
	first := ""
	for _, token := range tries {
		if token == right {
			continue
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/confirm/"+token, nil))
		body := requestID.ReplaceAllString(w.Body.String(), "")
		if first == "" {
			first = body
		}
		if w.Code != http.StatusNotFound || body != first || len(w.Result().Cookies()) > 0 {
			t.Fatalf("token %q: %d, another page: %v", token, w.Code, body != first)
		}
	}
}

// TestEM06_TheTokenLeavesTheAddress: no page has it in its address, in a link
// that leads on, or in a log.
func TestEM06_TheTokenLeavesTheAddress(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	for _, test := range []struct {
		purpose approvals.Purpose
		ends    string
	}{
		{approvals.ConfirmLink, "/confirm"},
		{approvals.StopLink, "/cancel"},
	} {
		b := g.browser()
		page := b.mail(test.purpose, a).want(http.StatusOK).at(test.ends)
		if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", test.ends, page.Header)
		}
		if strings.Contains(page.body, g.token(test.purpose, a)) {
			t.Errorf("%s: the page holds the token", test.ends)
		}
		if strings.Contains(g.log.String(), g.token(test.purpose, a)) {
			t.Errorf("%s: the log holds the token", test.ends)
		}
	}
}

// TestC6_LinksComeFromTheConfiguration: no header changes what a page links to.
func TestC6_LinksComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	b := g.browser()
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Url", "X-Rewrite-Url", "X-Host"} {
		b.header[name] = []string{"evil.example"}
	}
	b.header["Forwarded"] = []string{"host=evil.example;proto=http"}
	b.header["X-Forwarded-Proto"] = []string{"http"}
	page := b.handoff(a).want(http.StatusOK)
	if strings.Contains(page.body, "evil.example") {
		t.Error("a header got into the page")
	}
	if !strings.Contains(page.body, home+"/h/") {
		t.Error("the page has no link for another device")
	}
	b.header["Host"] = []string{"evil.example"}
	b.get("/actions/" + a.Reference).want(http.StatusMisdirectedRequest)
}
