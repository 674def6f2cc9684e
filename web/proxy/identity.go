package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"countersign/approvals"
	"countersign/web/problem"
)

// identifier says who is signed in, as expressions read it. Nobody is
// IdentityMissing; that it cannot be told now is CodeUnavailable.
type identifier func(ctx context.Context, r *http.Request) (map[string]any, error)

var errNobody = approvals.Refuse(problem.IdentityMissing)

func (p *Proxy) buildIdentity() error {
	j := p.table.Identity.JWT
	if j == (JWTIdentity{}) {
		p.peerHeader = textproto.CanonicalMIMEHeaderKey(p.table.Identity.Peer.Header)
		p.identify = p.byPeer
		return nil
	}
	if j.Cookie == "" {
		p.jwtHeader = "Authorization"
	}
	if j.Header != "" {
		p.jwtHeader = textproto.CanonicalMIMEHeaderKey(j.Header)
	}
	keys := &keySet{load: fromURL(j.JWKSURL), now: p.Machine}
	if j.JWKSFile != "" {
		keys.load = fromFile(j.JWKSFile)
		if _, err := keys.find(context.Background(), ""); err != nil {
			return fmt.Errorf("routes: identity.jwt.jwks_file: %w", err)
		}
	}
	t := tokens{JWTIdentity: j, header: p.jwtHeader, keys: keys, now: p.Machine}
	p.identify = t.identify
	return nil
}

// maxIdentity is how long the name of somebody may be.
const maxIdentity = 256

// byPeer takes the header of a trusted proxy.
func (p *Proxy) byPeer(_ context.Context, r *http.Request) (map[string]any, error) {
	lines := r.Header[p.peerHeader]
	switch {
	case !p.fromPeer(r) || len(lines) == 0 || len(lines) == 1 && lines[0] == "":
		return nil, errNobody
	case len(lines) > 1 || strings.Contains(lines[0], ","):
		return nil, errIdentity.problem()
	case len(lines[0]) > maxIdentity:
		return nil, errNobody
	}
	return map[string]any{"id": lines[0]}, nil
}

// algorithms are those a token may be signed with: public keys only, so that
// no key of a key set can be taken for a shared secret.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA}

const (
	maxToken = 8 << 10
	leeway   = 30 * time.Second // between the clocks of two machines
)

// tokens checks JSON Web Tokens (RFC 7519, RFC 8725).
type tokens struct {
	JWTIdentity
	header string
	keys   *keySet
	now    func() time.Time
}

func (t tokens) identify(ctx context.Context, r *http.Request) (map[string]any, error) {
	raw, err := t.token(r)
	if err != nil {
		return nil, err
	}
	parsed, err := jwt.ParseSigned(raw, algorithms)
	if err != nil || len(parsed.Headers) != 1 {
		return nil, errNobody
	}
	candidates, err := t.keys.find(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	for _, k := range candidates {
		if k.Algorithm != "" && k.Algorithm != parsed.Headers[0].Algorithm {
			continue
		}
		var std jwt.Claims
		claims := map[string]any{}
		if parsed.Claims(k.Key, &std, &claims) == nil {
			return claims, t.judge(std)
		}
	}
	return nil, errNobody
}

// judge checks who made a token, for whom and until when.
func (t tokens) judge(c jwt.Claims) error {
	want := jwt.Expected{Issuer: t.Issuer, AnyAudience: jwt.Audience{t.Audience}, Time: t.now()}
	if c.Expiry == nil || c.ValidateWithLeeway(want, leeway) != nil {
		return errNobody
	}
	return nil
}

// token finds the one token of a request.
func (t tokens) token(r *http.Request) (string, error) {
	var found []string
	if t.Cookie != "" {
		for _, c := range r.CookiesNamed(t.Cookie) {
			found = append(found, c.Value)
		}
	} else {
		found = r.Header[t.header]
	}
	if len(found) > 1 {
		return "", errIdentity.problem()
	}
	if len(found) == 0 || len(found[0]) > maxToken {
		return "", errNobody
	}
	scheme, token, ok := strings.Cut(found[0], " ")
	switch {
	case t.header == "Authorization" && (!ok || !strings.EqualFold(scheme, "Bearer")):
		return "", errNobody
	case t.header != "" && ok && strings.EqualFold(scheme, "Bearer"):
		return token, nil
	}
	return found[0], nil
}

var errNoKeys = errors.New("the key set has no key to verify with: it needs public RSA (2048 bits at least), EC or Ed25519 keys")
