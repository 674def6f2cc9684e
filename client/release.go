package client

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	releaseType  = "release+jwt"
	releaseLife  = 5 * time.Minute  // the longest a token may live
	clockLeeway  = 10 * time.Second // how far the gateway's clock may be ahead
	maxToken     = 8 << 10
	fetchTimeout = 10 * time.Second
)

// ErrRelease is what every refused release token is, by errors.Is. Nothing
// may be carried out on it. Another error of Verify means that the keys could
// not be had: try again while the token lives.
var ErrRelease = errors.New("countersign: release token refused")

// Release is what a verified release token says. ReleaseID stays the same when
// the same action is claimed again: carry out one effect for each.
type Release struct {
	ReleaseID   string    `json:"release_id"`
	Action      string    `json:"action"`
	Kind        string    `json:"kind"`
	Seller      string    `json:"seller"`
	Marketplace string    `json:"marketplace"`
	Digest      string    `json:"digest"`
	Proofs      []Proof   `json:"proofs"`
	ExpiresAt   time.Time `json:"-"`

	Request *BoundRequest `json:"request,omitempty"` // the one request released, where the action is bound to one
}

// Expect is the action that the caller is about to carry out, from its own
// records and not from the webhook. Every field is needed.
type Expect struct {
	Action string
	Kind   string
	Seller string
	Digest string // as CreateAction answered it, or recomputed with Digest
}

// ReleaseVerifier verifies release tokens against the gateway's published
// keys. It is safe for concurrent use and keeps the keys for 15 minutes.
type ReleaseVerifier struct {
	// Now is the time that tokens are compared with; nil is the machine's.
	Now func() time.Time

	issuer, marketplace string
	keys                keySet
}

// NewReleaseVerifier trusts the gateway at baseURL for tokens to marketplace,
// the id the gateway knows this marketplace by.
func NewReleaseVerifier(baseURL, marketplace string, options ...Option) (*ReleaseVerifier, error) {
	base, err := cleanBase(baseURL)
	if err != nil {
		return nil, err
	}
	if marketplace == "" {
		return nil, errors.New("countersign: the marketplace id is empty")
	}
	c := &Client{http: &http.Client{Timeout: fetchTimeout}}
	for _, o := range options {
		o(c)
	}
	return &ReleaseVerifier{
		issuer: base, marketplace: marketplace,
		keys: keySet{url: base + "/.well-known/jwks.json", http: withoutRedirects(c.http)},
	}, nil
}

// Verify returns what token says when it is a genuine, live release of the
// expected action, and an error that is ErrRelease when it is not: signed by
// another key or with another algorithm than EdDSA, of another type, gateway,
// marketplace, seller, action or payload, expired, longer-lived than 5 minutes,
// or issued more than 10 seconds in the future.
func (v *ReleaseVerifier) Verify(ctx context.Context, token string, want Expect) (Release, error) {
	if want.Action == "" || want.Kind == "" || want.Seller == "" || want.Digest == "" {
		return Release{}, errors.New("countersign: Expect needs action, kind, seller and digest")
	}
	r, err := v.open(ctx, token)
	if err != nil {
		return Release{}, err
	}
	if err := want.compare(r); err != nil {
		return Release{}, err
	}
	return r, nil
}

// open returns what a genuine, live release of this gateway to this
// marketplace says.
func (v *ReleaseVerifier) open(ctx context.Context, token string) (Release, error) {
	jws, kid, err := parseToken(token)
	if err != nil {
		return Release{}, err
	}
	key, err := v.keys.find(ctx, kid, clock(v.Now))
	if err != nil {
		return Release{}, err
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return Release{}, refuseRelease("the signature is not the gateway's")
	}
	return v.judge(payload)
}

// parseToken reads the compact form and its header. The algorithm, the key and
// the form are fixed here; the header may only agree (RFC 8725 §3.1).
func parseToken(token string) (*jose.JSONWebSignature, string, error) {
	if len(token) > maxToken {
		return nil, "", refuseRelease("it is too long")
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, "", refuseRelease("it is no JWS signed with EdDSA")
	}
	if again, err := jws.CompactSerialize(); err != nil || again != token {
		return nil, "", refuseRelease("it is not in its canonical form")
	}
	head := jws.Signatures[0].Protected
	if head.JSONWebKey != nil || head.KeyID == "" {
		return nil, "", refuseRelease("its header names no known key")
	}
	for name := range head.ExtraHeaders {
		if name != jose.HeaderType {
			return nil, "", refuseRelease("its header has a field that is not understood")
		}
	}
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != releaseType {
		return nil, "", refuseRelease("its type is not " + releaseType)
	}
	return jws, head.KeyID, nil
}

// judge reads the claims of a genuine token.
func (v *ReleaseVerifier) judge(payload []byte) (Release, error) {
	var claims struct {
		jwt.Claims
		Release
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return Release{}, refuseRelease("its claims cannot be read")
	}
	if why := lifeFault(claims.Claims, clock(v.Now)); why != "" {
		return Release{}, refuseRelease(why)
	}
	r := claims.Release
	r.ExpiresAt = claims.Expiry.Time()
	switch {
	case claims.Issuer != v.issuer:
		return Release{}, refuseRelease("it is from another gateway")
	case len(claims.Audience) != 1 || claims.Audience[0] != v.marketplace || r.Marketplace != v.marketplace:
		return Release{}, refuseRelease("it is for another marketplace")
	case r.ReleaseID == "":
		return Release{}, refuseRelease("it has no release id")
	}
	return r, nil
}

// compare refuses a release of anything else.
func (want Expect) compare(r Release) error {
	switch {
	case r.Action != want.Action:
		return refuseRelease("it releases another action")
	case r.Seller != want.Seller:
		return refuseRelease("it is for another seller")
	case r.Kind != want.Kind:
		return refuseRelease("it is for another kind")
	case subtle.ConstantTimeCompare([]byte(r.Digest), []byte(strings.ToLower(want.Digest))) != 1:
		return refuseRelease("it releases other details")
	}
	return nil
}

// lifeFault says what is wrong with a token's times. The leeway is for a
// gateway whose clock is ahead (STANDARDS FA-06); none is given after the end,
// because what is unresolved is asked about once the token cannot be used.
func lifeFault(c jwt.Claims, now time.Time) string {
	switch {
	case c.IssuedAt == nil || c.Expiry == nil:
		return "it does not say how long it lives"
	case c.Expiry.Time().Sub(c.IssuedAt.Time()) > releaseLife:
		return "it lives longer than 5 minutes"
	case now.Add(clockLeeway).Before(c.IssuedAt.Time()):
		return "it is from the future"
	case c.NotBefore != nil && now.Add(clockLeeway).Before(c.NotBefore.Time()):
		return "it is not valid yet"
	case !now.Before(c.Expiry.Time()):
		return "it has expired"
	}
	return ""
}

func refuseRelease(why string) error { return fmt.Errorf("%w: %s", ErrRelease, why) }
