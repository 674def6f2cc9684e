package main

import (
	"errors"
	"strings"
	"testing"
)

const routesConfig = `routes:
  upstream: http://127.0.0.1:3000
  listen: 127.0.0.1:8090
  marketplace: acme
  identity:
    peer: {trusted: [10.0.0.5], header: X-Seller}
  sensitive:
    - name: bank
      method: POST
      path: /bank
      seller: identity.id
      kind: payout_account.change
      details: "{'to': {'iban': body.iban, 'holder': body.holder}}"
      return_url: https://shop.example/bank
    - name: seller-bank
      method: PUT
      path: /sellers/{id}/bank
      seller: path.id
      email: identity.email
      kind: "'payout_account.change'"
      details: "{'to': body.to}"
      return_url: https://shop.example/bank
      executed: status == 200 && headers['x-done'] == 'yes'
      idempotent: true
`

func TestConfigRoutes(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(configFile(t, goodConfig+routesConfig))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Routes; r.Upstream != "http://127.0.0.1:3000" || len(r.Sensitive) != 2 || !r.Sensitive[1].Idempotent || r.Identity.Peer.Trusted[0] != "10.0.0.5" {
		t.Errorf("%+v", r)
	}
}

// Each mistake is told by line, route and field, with what to write instead; in
// an expression by line and column too.
func TestConfigRoutesMistakes(t *testing.T) {
	t.Parallel()
	const first = 9 // the line of "routes:" in the file
	for _, tt := range []struct {
		name, old, new string
		line           int
		says           string
	}{
		{"unknown field of a route", "      method: POST", "      methd: POST", 9, "routes.sensitive.0.methd is not a setting; did you mean routes.sensitive.0.method?"},
		{"unknown field of identity", "header: X-Seller}", "headr: X-Seller}", 6, "routes.identity.peer.headr is not a setting; did you mean routes.identity.peer.header?"},
		{"unknown variable", "seller: identity.id", "seller: identitiy.id", 11, `routes.sensitive.0.seller of route "bank" is no CEL expression: line 1, column 1: undeclared reference to 'identitiy' (did you mean 'identity'?); it can use identity, path, query and body`},
		{"syntax", "seller: path.id", "seller: path..id", 18, `routes.sensitive.1.seller of route "seller-bank" is no CEL expression: line 1, column 6`},
		{"type of the seller", "seller: identity.id", "seller: 1 + 2", 11, `must yield a string, and yields int`},
		{"type of the details", "details: \"{'to': body.to}\"", "details: \"'x'\"", 21, "must yield an object, and yields string"},
		{"type of executed", "executed: status == 200 && headers['x-done'] == 'yes'", "executed: status", 23, "must yield true or false, and yields int; it can use status and headers"},
		{"body in executed", "headers['x-done'] == 'yes'", "body.ok", 23, "undeclared reference to 'body'"},
		{"unknown function", "seller: identity.id", "seller: lower(identity.id)", 11, "undeclared reference to 'lower'"},
		{"a method that only reads", "method: POST", "method: GET", 9, `routes.sensitive.0.method of route "bank" must be POST, PUT, PATCH or DELETE`},
		{"a path with dots", "path: /bank", "path: /x/../bank", 10, "must be a path in plain characters"},
		{"a path with a slash at the end", "path: /bank", "path: /bank/", 10, "must be a path in plain characters"},
		{"a path with an escape", "path: /bank", "path: /b%61nk", 10, "must be a path in plain characters"},
		{"a name in braces twice", "/sellers/{id}/bank", "/sellers/{id}/{id}", 17, "name in braces"},
		{"a name in braces that nothing reads", "seller: path.id", "seller: identity.id", 17, `routes.sensitive.1.path of route "seller-bank" has {id}, which neither seller nor details reads`},
		{"overlapping routes", "method: PUT\n      path: /sellers/{id}/bank", "method: POST\n      path: /{id}", 17, `can be the path of route "bank" too; make one of them narrower`},
		{"the same name", "name: seller-bank", "name: bank", 15, "is that of another route"},
		{"no expression", "      seller: path.id\n", "", 0, "routes.sensitive.1.seller of route \"seller-bank\" must be an expression, as in identity.sub"},
		{"an answer there is not", "idempotent: true", "answer: maybe", 24, "must be accepted, redirect or challenge"},
		{"no return URL", "      return_url: https://shop.example/bank\n      executed", "      executed", 0, "must be a return URL of the marketplace"},
		{"an upstream with a path", ":3000", ":3000/shop", 2, "routes.upstream must be scheme, host and port only"},
		{"an upstream of another kind", "http://127.0.0.1:3000", "ftp://127.0.0.1", 2, "routes.upstream must be scheme, host and port only"},
		{"no port to listen on", "listen: 127.0.0.1:8090", "listen: 127.0.0.1", 3, "routes.listen must be host:port"},
		{"everybody is trusted", "[10.0.0.5]", "[0.0.0.0/0]", 6, "routes.identity.peer.trusted must not hold 0.0.0.0/0"},
		{"an identity header with an underscore", "header: X-Seller}", "header: X_Seller}", 6, "must be a header name of letters, digits and hyphens"},
		{"nobody says who it is", "  identity:\n    peer: {trusted: [10.0.0.5], header: X-Seller}\n", "", 0, "routes.identity must have one of jwt and peer"},
		{"a key set in clear", "peer: {trusted: [10.0.0.5], header: X-Seller}", "jwt: {jwks_url: 'http://idp.example/keys', issuer: a, audience: b}", 6, "routes.identity.jwt.jwks_url must be an https address"},
		{"a token for anybody", "peer: {trusted: [10.0.0.5], header: X-Seller}", "jwt: {jwks_url: 'https://idp.example/keys', issuer: a}", 0, "routes.identity.jwt.audience must be the aud"},
		{"two key sets", "peer: {trusted: [10.0.0.5], header: X-Seller}", "jwt: {jwks_url: 'https://idp.example/keys', jwks_file: /k, issuer: a, audience: b}", 6, "must have one of jwks_url and jwks_file"},
		{"our own header for the seller", "idempotent: true", "seller_header: Countersign-Release", 24, "that is not the gateway's own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(routesConfig, tt.old) {
				t.Fatal("the configuration has no such line")
			}
			path := configFile(t, goodConfig+strings.Replace(routesConfig, tt.old, tt.new, 1))
			_, err := loadConfig(path)
			e, ok := errors.AsType[*ConfigError](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			for _, p := range e.Problems {
				at := 0
				if tt.line > 0 {
					at = first + tt.line
				}
				if strings.Contains(p.Field+" "+p.Message, tt.says) && p.Line == at {
					return
				}
			}
			t.Errorf("got\n%v\nwant line %d\n%s", e, first+tt.line, tt.says)
		})
	}
}
