package signon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"countersign/approvals"
	"countersign/auth"
)

// Answer is what the issuer sent somebody back with.
type Answer struct{ Code, State, Issuer string }

// Identity is whose account was proved. Label is what people call the account; by it
// nobody is found.
type Identity struct {
	auth.SignedOn
	Label string
}

// answerLife is how long what an issuer said is good for, as its browser's word is.
const answerLife = time.Hour

// skew is how far ahead of ours an issuer's clock may be.
const skew = 5 * time.Minute

// algorithms are those an ID token may be signed with (RFC 8725 §3.1).
var algorithms = []string{oidc.RS256, oidc.PS256, oidc.ES256}

// Finish exchanges the code of an answer, from the browser that keeps word, for
// whose account it is. Whatever is wrong with the answer or the ID token is
// CodeSignOnRefused, and why is in the error's text alone; an issuer that cannot be
// asked is CodeUnavailable.
func (p *Provider) Finish(ctx context.Context, word string, a Answer) (Identity, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return Identity{}, err
	}
	switch {
	case !Ours(word, a.State):
		return Identity{}, refuse("the state is another browser's")
	case a.Issuer != "" && a.Issuer != p.Issuer, a.Issuer == "" && e.namesIss:
		return Identity{}, refuse("the answer is of another issuer") // RFC 9207
	case a.Code == "":
		return Identity{}, refuse("the issuer refused")
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := e.oauth.Exchange(ctx, a.Code, oauth2.VerifierOption(derived(word, "verifier")))
	if _, answered := errors.AsType[*oauth2.RetrieveError](err); answered {
		return Identity{}, refuse("the code does not count")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: exchange the code: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	raw, _ := token.Extra("id_token").(string)
	verifier := e.provider.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.Now})
	verified, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, refuse("the ID token is not valid")
	}
	return p.identify(verified, derived(word, "nonce"))
}

// identify makes sure that an ID token of the issuer was made for this sign-in of
// this client (OpenID Connect Core §3.1.3.7), and of whom.
func (p *Provider) identify(t *oidc.IDToken, nonce string) (Identity, error) {
	var says struct {
		AuthorizedParty string `json:"azp"`
		HostedDomain    string `json:"hd"`
		Tenant          string `json:"tid"`
		Email           string `json:"email"`
		Name            string `json:"preferred_username"`
	}
	if err := t.Claims(&says); err != nil {
		return Identity{}, refuse("the claims are not readable")
	}
	now := p.Now()
	switch {
	case !hmac.Equal([]byte(t.Nonce), []byte(nonce)):
		return Identity{}, refuse("the nonce is another's")
	case len(t.Audience) != 1 && says.AuthorizedParty == "", says.AuthorizedParty != "" && says.AuthorizedParty != p.ClientID:
		return Identity{}, refuse("it was made for another client")
	case t.Issuer != p.Issuer:
		return Identity{}, refuse("it is of another issuer")
	case t.IssuedAt.After(now.Add(skew)), t.IssuedAt.Before(now.Add(-answerLife)):
		return Identity{}, refuse("it was not made now")
	case t.Subject == "" || len(t.Subject) > 255:
		return Identity{}, refuse("it names nobody")
	case p.HostedDomain != "" && says.HostedDomain != p.HostedDomain, p.Tenant != "" && says.Tenant != p.Tenant:
		return Identity{}, refuse("the account is of another company")
	}
	label := says.Email
	if label == "" {
		label = says.Name
	}
	if label == "" {
		label = t.Subject
	}
	return Identity{SignedOn: auth.SignedOn{
		Account: auth.Account{Issuer: p.Issuer, Subject: t.Subject}, Nonce: sha256.Sum256([]byte(nonce)),
	}, Label: label}, nil
}

func refuse(why string) error {
	return fmt.Errorf("%w: %s", approvals.Refuse(approvals.CodeSignOnRefused), why)
}
