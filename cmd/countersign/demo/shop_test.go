package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var webhookKey = []byte("0123456789abcdef01234567")

// shop is a marketplace on a server, with a browser that does not follow
// redirects.
type shop struct {
	*httptest.Server
	t       *testing.T
	m       *Marketplace
	gateway *fakeGateway
	dir     string
	browser *http.Client
	wire    *http.Transport
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, gateway: newGateway(t), dir: t.TempDir()}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.m.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	s.wire = &http.Transport{} // closing a server ends the idle connections of the default one
	t.Cleanup(s.wire.CloseIdleConnections)
	s.restart()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser = &http.Client{Transport: s.wire, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// restart opens the same books again, as a new process would.
func (s *shop) restart() {
	s.t.Helper()
	m, err := NewMarketplace(Config{
		GatewayURL: s.gateway.URL, APIKey: "cs_test_key", WebhookSecret: "whsec_" + base64.StdEncoding.EncodeToString(webhookKey),
		MarketplaceID: "bottega", PublicURL: s.URL, MailboxURL: "http://mailbox.example/", Dir: s.dir, Wait: "30 seconds", Now: s.gateway.Now,
		HTTP: &http.Client{Transport: s.wire},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.m = m
}

// view is a page the browser got.
type view struct {
	*http.Response
	doc  *html.Node
	text string
}

func (s *shop) do(method, path string, form url.Values) view {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := s.browser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	return view{resp, doc, textOf(doc)}
}

func (s *shop) get(path string) view { return s.do(http.MethodGet, path, nil) }

func (s *shop) post(path string, pairs ...string) view {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return s.do(http.MethodPost, path, form)
}

// signIn makes the browser Giulia's.
func (s *shop) signIn() {
	s.t.Helper()
	if v := s.post("/sign-in", "seller", "S-2201"); v.StatusCode != 303 || v.Header.Get("Location") != "/bank" {
		s.t.Fatalf("sign in: %d %s", v.StatusCode, v.Header.Get("Location"))
	}
}

const wantedIBAN = "IT25I0200809606000000072606"

// change asks for the account in the form and returns the action's id.
func (s *shop) change() string {
	s.t.Helper()
	v := s.post("/bank", "iban", "it25 i020 0809 6060 0000 0072 606", "holder", " Ferri Ceramiche S.r.l. ", "bank_name", "UniCredit")
	id, ok := strings.CutPrefix(v.Header.Get("Location"), s.gateway.URL+"/h/")
	if v.StatusCode != 303 || !ok {
		s.t.Fatalf("change: %d %s %s", v.StatusCode, v.Header.Get("Location"), v.text)
	}
	return id
}

// account is the IBAN that a seller is paid into by the books on disk.
func (s *shop) account(id string) string {
	s.t.Helper()
	b, err := openBooks(s.dir + "/books.json")
	if err != nil {
		s.t.Fatal(err)
	}
	l := b.read()
	found, ok := l.seller(id)
	if !ok {
		s.t.Fatalf("no seller %s", id)
	}
	return found.Account.IBAN
}

// hook posts a webhook about an action and returns the status of the answer.
func (s *shop) hook(event, id string, edit func(http.Header)) int {
	s.t.Helper()
	body := fmt.Sprintf(`{"type":%q,"timestamp":"2026-11-22T16:21:00.000000Z","data":{"id":%q,"object":"action","state":"approved"}}`, event, id)
	stamp := fmt.Sprint(s.gateway.Now().Unix())
	mac := hmac.New(sha256.New, webhookKey)
	mac.Write([]byte("evt_1." + stamp + "." + body))
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.m.WebhookURL(), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("webhook-id", "evt_1")
	req.Header.Set("webhook-timestamp", stamp)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if edit != nil {
		edit(req.Header)
	}
	resp, err := (&http.Client{Transport: s.wire}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// byID finds an element; the text of a nil one is empty.
func byID(n *html.Node, id string) *html.Node {
	for d := range n.Descendants() {
		if attr(d, "id") == id {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// forms returns where the forms of a page go.
func forms(n *html.Node) []string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "form" {
			all = append(all, attr(d, "action"))
		}
	}
	return all
}

func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
