package signon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"countersign/approvals"
)

// Config says whose sign-on it is.
type Config struct {
	Issuer   string // as its discovery document says it, to the letter
	ClientID string
	Secret   string
	Redirect string // where the issuer leads back to
	// HostedDomain is the claim hd an account has to have (Google), Tenant the claim
	// tid (Entra); empty: not asked for.
	HostedDomain, Tenant string
	Transport            http.RoundTripper // nil: the network
	Now                  func() time.Time
}

// Provider is a company's sign-on. It is safe for concurrent use.
type Provider struct {
	Config
	client *http.Client

	mu     sync.Mutex
	found  *endpoints
	failed time.Time // the last time that nothing was found
}

// endpoints is what the issuer says of itself.
type endpoints struct {
	provider *oidc.Provider
	oauth    oauth2.Config
	namesIss bool // its answers say whose they are (RFC 9207)
}

// Limits of what an issuer is asked.
const (
	patience = 10 * time.Second
	maxBody  = 64 << 10
	pause    = 5 * time.Second // before an issuer that did not answer is asked again
)

// New returns a provider. Nobody is asked anything yet.
func New(c Config) *Provider {
	next := c.Transport
	if next == nil {
		next = &http.Transport{ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConns: 4, IdleConnTimeout: time.Minute}
	}
	return &Provider{Config: c, client: &http.Client{
		Transport: capped{next}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Host is the issuer's, for people to read.
func (p *Provider) Host() string {
	u, err := url.Parse(p.Issuer)
	if err != nil {
		return ""
	}
	return u.Host
}

// capped cuts what is answered.
type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxBody)
	}
	return answer, err
}

// Begin is the address at which the issuer is asked who somebody is. word is the
// random word that their browser keeps.
func (p *Provider) Begin(ctx context.Context, word string) (string, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return "", err
	}
	return e.oauth.AuthCodeURL(derived(word, "state"), oidc.Nonce(derived(word, "nonce")), oauth2.S256ChallengeOption(derived(word, "verifier"))), nil
}

// derived is one of the values that are worked out of a browser's word: whoever
// knows one of them knows neither the word nor another.
func derived(word, what string) string {
	mac := hmac.New(sha256.New, []byte(word))
	mac.Write([]byte("countersign/sign-on/v1\n" + what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Ours reports whether a state is the one that this browser was sent off with.
func Ours(word, state string) bool {
	return word != "" && hmac.Equal([]byte(derived(word, "state")), []byte(state))
}

// endpoints reads the issuer's discovery document, once; one that could not be read
// is asked for again after a pause. CodeUnavailable.
func (p *Provider) endpoints(ctx context.Context) (*endpoints, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if since := p.Now().Sub(p.failed); since >= 0 && since < pause {
		return nil, fmt.Errorf("%w: the sign-on did not answer a moment ago", approvals.Refuse(approvals.CodeUnavailable))
	}
	e, err := p.discover(ctx)
	if err != nil {
		p.failed = p.Now()
		return nil, fmt.Errorf("%w: discover the sign-on: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	p.found = e
	return e, nil
}

func (p *Provider) discover(ctx context.Context) (*endpoints, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer) // compares the issuer
	if err != nil {
		return nil, err
	}
	var says struct {
		JWKS     string   `json:"jwks_uri"`
		Methods  []string `json:"token_endpoint_auth_methods_supported"`
		NamesIss bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, err
	}
	at := provider.Endpoint()
	for _, address := range []string{at.AuthURL, at.TokenURL, says.JWKS} {
		if err := CheckURL(address); err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.Issuer, "https:") && !strings.HasPrefix(address, "https:") {
			return nil, errors.New("an endpoint is not https")
		}
	}
	// One way of saying the secret, so that it is not sent twice.
	at.AuthStyle = oauth2.AuthStyleInHeader
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &endpoints{provider: provider, namesIss: says.NamesIss, oauth: oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: at, RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "email"},
	}}, nil
}

// CheckURL reports whether an issuer, or an endpoint of one, can be at an address:
// https, or http on this machine.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("must be an https address")
	}
	switch h := u.Hostname(); {
	case u.Scheme == "https", u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1"):
		return nil
	}
	return errors.New("must be https")
}
