package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"countersign/web/desk"
	"countersign/web/signon"
)

// DeskConfig is about those who work for no marketplace.
type DeskConfig struct {
	// SignOn says who somebody is by their company's account (OpenID Connect);
	// empty: by their passkey alone. Either way a passkey signs each decision.
	SignOn SignOnConfig `koanf:"sign_on"`
}

// SignOnConfig names a company's sign-on. Register public_url with /desk/sign-on/back
// as the address to lead back to. Whoever works at the desk signs in with their
// passkey once, and links their account; from then on they sign in with that.
type SignOnConfig struct {
	// Issuer is the sign-on as it calls itself, as in
	// https://login.example/realms/company (Keycloak),
	// https://login.microsoftonline.com/TENANT/v2.0 (Entra), https://accounts.google.com.
	Issuer   string `koanf:"issuer"`
	ClientID string `koanf:"client_id"`
	// ClientSecretFile holds the client's secret.
	ClientSecretFile string `koanf:"client_secret_file"`
	// HostedDomain is the domain that accounts have to be of (Google's claim hd), and
	// Tenant the directory (Entra's claim tid). Default: any that the issuer knows.
	HostedDomain string `koanf:"hosted_domain"`
	Tenant       string `koanf:"tenant"`
}

func (c SignOnConfig) validate() []Problem {
	if c == (SignOnConfig{}) {
		return nil
	}
	var out []Problem
	if err := signon.CheckURL(c.Issuer); err != nil {
		out = append(out, Problem{Field: "desk.sign_on.issuer", Message: err.Error() + ", as the sign-on calls itself"})
	}
	if strings.HasPrefix(c.Issuer, "https://accounts.google.com") && c.HostedDomain == "" {
		out = append(out, Problem{Field: "desk.sign_on.hosted_domain", Message: "must be your domain: without it anybody's account counts as known"})
	}
	if c.ClientID == "" {
		out = append(out, Problem{Field: "desk.sign_on.client_id", Message: "must be the client's id at the sign-on"})
	}
	if _, err := c.secret(); err != nil {
		out = append(out, Problem{Field: "desk.sign_on.client_secret_file", Message: "cannot be read: " + errorText(err)})
	}
	return out
}

func (c SignOnConfig) secret() (string, error) {
	raw, err := os.ReadFile(c.ClientSecretFile)
	return strings.TrimSpace(string(raw)), err
}

// provider is the sign-on, nil where none is configured. Its tokens are judged by
// the machine's clock: a test gateway's can be moved, an issuer's cannot.
func (c SignOnConfig) provider(publicURL string) (*signon.Provider, error) {
	if c.Issuer == "" {
		return nil, nil
	}
	secret, err := c.secret()
	if err != nil {
		return nil, fmt.Errorf("read the sign-on's secret: %w", err)
	}
	return signon.New(signon.Config{
		Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret, Redirect: publicURL + desk.SignOnBack,
		HostedDomain: c.HostedDomain, Tenant: c.Tenant, Now: time.Now,
	}), nil
}
