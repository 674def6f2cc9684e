package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a sign-on is told before anybody is sent to it.
func TestConfigSignOn(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rest := ", client_id: countersign, client_secret_file: " + secret
	for _, tt := range []struct{ name, yaml, says string }{
		{"none", "", ""},
		{"Keycloak", "desk: {sign_on: {issuer: https://login.example/realms/company" + rest + "}}", ""},
		{"Entra", "desk: {sign_on: {issuer: https://login.microsoftonline.com/1234/v2.0, tenant: 1234" + rest + "}}", ""},
		{"Google", "desk: {sign_on: {issuer: https://accounts.google.com, hosted_domain: company.example" + rest + "}}", ""},
		{"Google for everybody", "desk: {sign_on: {issuer: https://accounts.google.com" + rest + "}}", "desk.sign_on.hosted_domain must be your domain"},
		{"plain http", "desk: {sign_on: {issuer: http://login.example" + rest + "}}", "desk.sign_on.issuer must be https"},
		{"no issuer", "desk: {sign_on: {client_id: countersign}}", "desk.sign_on.issuer must be an https address"},
		{"no client", "desk: {sign_on: {issuer: https://login.example, client_secret_file: " + secret + "}}", "desk.sign_on.client_id must be"},
		{"no secret", "desk: {sign_on: {issuer: https://login.example, client_id: x}}", "desk.sign_on.client_secret_file cannot be read"},
		{"a secret in the file", "desk: {sign_on: {issuer: https://login.example, client_secret: x" + rest + "}}", "desk.sign_on.client_secret is not a setting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := loadConfig(configFile(t, goodConfig+tt.yaml+"\n"))
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				return
			}
			p, err2 := c.Desk.SignOn.provider("https://approve.market.example")
			if err != nil || err2 != nil || (p != nil) != (tt.yaml != "") {
				t.Errorf("%v, %v, %v", p, err, err2)
			}
			if p != nil && (p.Secret != "s3cret" || p.Redirect != "https://approve.market.example/desk/sign-on/back") {
				t.Errorf("%q leads back to %s", p.Secret, p.Redirect)
			}
		})
	}
}
