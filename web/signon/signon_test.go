package signon_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/approvals"
	"countersign/web/signon"
	"countersign/web/webtest"
)

const back = "https://approve.market.example/desk/sign-on/back"

var clock = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

func now() time.Time { return clock }

// world is an issuer and its client.
func world(t *testing.T) (*webtest.Issuer, signon.Config) {
	t.Helper()
	i := webtest.NewIssuer(t, now)
	return i, signon.Config{Issuer: i.URL(), ClientID: webtest.IssuerClient, Secret: webtest.IssuerSecret, Redirect: back, Now: now}
}

// begun sends a browser with this word off, and returns what it comes back with.
func begun(t *testing.T, i *webtest.Issuer, p *signon.Provider, word string) signon.Answer {
	t.Helper()
	to, err := p.Begin(t.Context(), word)
	if err != nil {
		t.Fatal(err)
	}
	at := i.Login(to)
	if got := at.Scheme + "://" + at.Host + at.Path; got != back {
		t.Fatalf("led back to %s", got)
	}
	q := at.Query()
	return signon.Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss")}
}

// Each algorithm that is allowed, and what comes out.
func TestFinish(t *testing.T) {
	t.Parallel()
	i, c := world(t)
	c.HostedDomain, c.Tenant = "company.example", "tenant-1"
	p := signon.New(c)
	nonces := map[[32]byte]bool{}
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.PS256} {
		i.Alg = alg
		got, err := p.Finish(t.Context(), string(alg), begun(t, i, p, string(alg)))
		if err != nil || got.Issuer != i.URL() || got.Subject != "ada-0001" || got.Label != "ada@company.example" {
			t.Errorf("%s: %+v, %v", alg, got, err)
		}
		nonces[got.Nonce] = true
	}
	if len(nonces) != 3 {
		t.Error("a nonce came twice")
	}
}

// K9 and OpenID Connect Core §3.1.3.7: each lie of an issuer, of a client's clock or
// of whoever carries the answer is refused, and for no two reasons differently.
func TestFinish_Refused(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*webtest.Issuer) {
		return func(i *webtest.Issuer) { i.Claims = func(all map[string]any) { all[name] = value } }
	}
	alg := func(a jose.SignatureAlgorithm) func(*webtest.Issuer) { return func(i *webtest.Issuer) { i.Alg = a } }
	for name, c := range map[string]struct {
		lie  func(*webtest.Issuer)
		bend func(*signon.Answer)
		conf func(*signon.Config)
	}{
		"wrong nonce":            {lie: claim("nonce", "another")},
		"no nonce":               {lie: claim("nonce", nil)},
		"wrong aud":              {lie: claim("aud", "another-client")},
		"two aud, no azp":        {lie: claim("aud", []string{webtest.IssuerClient, "another-client"})},
		"azp is another":         {lie: claim("azp", "another-client")},
		"wrong iss":              {lie: claim("iss", "https://evil.example")},
		"expired":                {lie: claim("exp", clock.Add(-time.Second).Unix())},
		"no exp":                 {lie: claim("exp", nil)},
		"made in the future":     {lie: claim("iat", clock.Add(time.Hour).Unix())},
		"made long ago":          {lie: claim("iat", clock.Add(-2*time.Hour).Unix())},
		"no subject":             {lie: claim("sub", "")},
		"a subject of 256 bytes": {lie: claim("sub", strings.Repeat("x", 256))},
		"alg none":               {lie: alg("none")},
		"alg HS256":              {lie: alg(jose.HS256)},
		"another's key":          {lie: func(i *webtest.Issuer) { i.Foreign = true }},
		"another domain":         {lie: claim("hd", "evil.example"), conf: func(c *signon.Config) { c.HostedDomain = "company.example" }},
		"a private account":      {lie: claim("hd", nil), conf: func(c *signon.Config) { c.HostedDomain = "company.example" }},
		"another tenant":         {lie: claim("tid", "tenant-2"), conf: func(c *signon.Config) { c.Tenant = "tenant-1" }},
		"mix-up":                 {lie: func(i *webtest.Issuer) { i.NamesIss = "https://evil.example" }},
		"iss left out":           {lie: func(i *webtest.Issuer) { i.NamesIss = "x" }, bend: func(a *signon.Answer) { a.Issuer = "" }},
		"wrong state":            {bend: func(a *signon.Answer) { a.State += "x" }},
		"no state":               {bend: func(a *signon.Answer) { a.State = "" }},
		"no code":                {bend: func(a *signon.Answer) { a.Code = "" }},
		"another's code":         {bend: func(a *signon.Answer) { a.Code = "guessed" }},
		"another secret":         {conf: func(c *signon.Config) { c.Secret = "wrong" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, conf := world(t)
			if c.lie != nil {
				c.lie(i)
			}
			if c.conf != nil {
				c.conf(&conf)
			}
			p := signon.New(conf)
			a := begun(t, i, p, "word")
			if c.bend != nil {
				c.bend(&a)
			}
			if _, err := p.Finish(t.Context(), "word", a); !errors.Is(err, approvals.Refuse(approvals.CodeSignOnRefused)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A code is worth nothing in another browser, even with that browser's own state
// (RFC 7636), and nothing a second time.
func TestFinish_OtherBrowser(t *testing.T) {
	t.Parallel()
	i, c := world(t)
	p := signon.New(c)
	hers, his := begun(t, i, p, "hers"), begun(t, i, p, "his")
	for _, c := range []struct {
		name, word string
		answer     signon.Answer
	}{
		{"injected", "hers", signon.Answer{Code: his.Code, State: hers.State}},
		{"spent by it", "his", his},
	} {
		if _, err := p.Finish(t.Context(), c.word, c.answer); !errors.Is(err, approvals.Refuse(approvals.CodeSignOnRefused)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// An issuer that is not there, that says it is another, that says too much or leads
// to plain http elsewhere is not used; once it is back, it is.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*webtest.Issuer){
		"another issuer": func(i *webtest.Issuer) { i.Lie = func(d map[string]any) { d["issuer"] = "https://evil.example" } },
		"plain http": func(i *webtest.Issuer) {
			i.Lie = func(d map[string]any) { d["token_endpoint"] = "http://evil.example/" }
		},
		"no keys":  func(i *webtest.Issuer) { i.Lie = func(d map[string]any) { delete(d, "jwks_uri") } },
		"too long": func(i *webtest.Issuer) { i.Junk = 64 << 10 },
	} {
		i, c := world(t)
		lie(i)
		at := clock
		c.Now = func() time.Time { return at }
		p := signon.New(c)
		if _, err := p.Begin(t.Context(), "word"); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("%s: %v", name, err)
		}
		i.Lie, i.Junk = nil, 0
		if _, err := p.Begin(t.Context(), "word"); err == nil {
			t.Errorf("%s: asked again at once", name)
		}
		at = at.Add(5 * time.Second)
		if to, err := p.Begin(t.Context(), "word"); err != nil || !strings.HasPrefix(to, i.URL()) {
			t.Errorf("%s: %q, %v", name, to, err)
		}
	}
}
