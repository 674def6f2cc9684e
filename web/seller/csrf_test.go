package seller_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/web/seller"
)

// unsafeRoutes are the addresses of every route that takes a POST, for a.
func (g *gateway) unsafeRoutes(a approvals.Action) []string {
	var all []string
	for _, pattern := range seller.New(g.config).Patterns() {
		if method, path := g.fill(pattern, a); method == http.MethodPost {
			all = append(all, path)
		}
	}
	return all
}

// goingOn are fields that would do something, were the form one of ours.
func goingOn() url.Values { return values("answer", "not_me", "totp", "123456") }

// forms are the addresses forms are sent to, each with the page token that
// counts there, while each of them could do something: an action that awaits
// its step-up for the session's, one that awaits its confirmation for the mails'.
func (g *gateway) forms() (b *browser, tokens map[string]string) {
	g.t.Helper()
	asked, _ := g.Asked(g.t) // of two other sellers
	invited := g.Invited(g.t)
	first, second := g.Create(g.t), g.Create(g.t)
	g.phone(second)
	second = g.drive(second, approvals.AwaitingConfirmation)
	b, tokens = g.browser(), map[string]string{}
	b.keep(g.begin(first, true)) // a proof opens the pages of the whole seller too
	mails := g.browser()
	mails.mail(approvals.StopLink, second)
	mails.mail(approvals.ConfirmLink, second)
	mails.mail(approvals.VerifyLink, g.contactChange(second))
	mails.get(g.told(second))
	b.keep(mails.cookies)
	for _, link := range []string{g.mailed(approvals.JoinLink, invited), g.mailed(approvals.ApproveLink, asked)} {
		other := g.browser()
		other.get(link).want(http.StatusOK)
		b.keep(other.cookies)
	}
	join, agree := b.get("/join").csrf(), b.get("/agree").csrf()
	session, confirm, stop := b.get("/actions/"+first.Reference+"/cancel").csrf(), b.get("/confirm").csrf(), b.get("/cancel").csrf()
	verify, notice := b.get("/verify").csrf(), b.get("/not-me").csrf()
	for _, path := range g.unsafeRoutes(first) {
		switch {
		case strings.HasPrefix(path, "/confirm"):
			tokens[path] = confirm
		case strings.HasPrefix(path, "/cancel"):
			tokens[path] = stop
		case strings.HasPrefix(path, "/verify"):
			tokens[path] = verify
		case strings.HasPrefix(path, "/replace"): // nothing waits as long as both of them: TestAS26_ReplacedByLink
		case strings.HasPrefix(path, "/join"):
			tokens[path] = join
		case strings.HasPrefix(path, "/agree"):
			tokens[path] = agree
		case strings.HasPrefix(path, "/not-me"):
			tokens[path] = notice
		default:
			tokens[path] = session
		}
	}
	return b, tokens
}

// TestAS07_D6_PageTokens (SM-07, NI-22): a form without this browser's own page token is
// refused, on every route.
func TestAS07_D6_PageTokens(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	b, own := g.forms()
	before := g.snapshot()
	for path, token := range own {
		foreign := []string{"", "\x00%", token + "x", token[1:]}
		for _, other := range own {
			if other != token {
				foreign = append(foreign, other)
			}
		}
		for _, wrong := range foreign {
			form := goingOn()
			if wrong != "" {
				form.Set("csrf", wrong)
			}
			if got := b.send(http.MethodPost, path, form); got.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with token %q: %d", path, wrong, got.StatusCode)
			}
		}
	}
	if g.snapshot() != before {
		t.Error("a refused form changed something")
	}
}

// TestD4_D5_OtherSites: a form sent by another site is refused on every route,
// in each encoding a form can have, and so is one that says nothing of where
// it comes from.
func TestD4_D5_OtherSites(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	b, own := g.forms()
	before := g.snapshot()
	for name, header := range map[string]http.Header{
		"cross-site":       {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"same-site":        {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://shop.market.example"}},
		"null, no fetch":   {"Sec-Fetch-Site": nil, "Origin": {"null"}},
		"neither":          {"Sec-Fetch-Site": nil, "Origin": nil},
		"http":             {"Sec-Fetch-Site": nil, "Origin": {"http://approve.market.example"}},
		"other port":       {"Sec-Fetch-Site": nil, "Origin": {"https://approve.market.example:8443"}},
		"multipart":        {"Content-Type": {"multipart/form-data; boundary=x"}},
		"text":             {"Content-Type": {"text/plain"}},
		"no type":          {"Content-Type": nil},
		"method by header": {"Sec-Fetch-Site": {"cross-site"}, "X-Http-Method-Override": {"POST"}},
	} {
		for path, token := range own {
			form := goingOn()
			form.Set("csrf", token)
			attacker := b.copied()
			attacker.header = header
			if got := attacker.send(http.MethodPost, path, form); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s: POST %s: %d", name, path, got.StatusCode)
			}
		}
	}
	if g.snapshot() != before {
		t.Error("another site changed something")
	}
}

// TestTA12_DoubledFields (TA-12): a field that comes twice is not read as either.
func TestTA12_DoubledFields(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	b := g.browser()
	page := b.mail(approvals.StopLink, a)
	form := url.Values{"csrf": {page.csrf()}, "answer": {"changed_mind", "not_me"}}
	if got := b.send(http.MethodPost, "/cancel", form); got.StatusCode != http.StatusBadRequest {
		t.Errorf("doubled answer: %d", got.StatusCode)
	}
	g.state(a, approvals.AwaitingStepUp)
}

// TestFieldsInTheAddressAreNotRead: an answer in the query is no answer.
func TestFieldsInTheAddressAreNotRead(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	b := g.browser()
	page := b.mail(approvals.StopLink, a)
	b.send(http.MethodPost, "/cancel?answer=not_me", values("csrf", page.csrf())).want(http.StatusUnprocessableEntity)
	b.send(http.MethodPost, "/cancel?answer=not_me&csrf="+url.QueryEscape(page.csrf()), values()).want(http.StatusForbidden)
	g.state(a, approvals.AwaitingStepUp)
}
