package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"countersign/approvals/approvalstest"
	"countersign/web/proxy"
)

// idp is a sign-in service: keys that change, and how often they were read.
type idp struct {
	*httptest.Server
	mu    sync.Mutex
	keys  []jose.JSONWebKey
	down  bool
	reads int
	asked atomic.Int64 // readings that began
}

func newIDP(t testing.TB) *idp {
	t.Helper()
	d := &idp{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.asked.Add(1)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.reads++
		if d.down {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		set := jose.JSONWebKeySet{}
		for _, k := range d.keys {
			set.Keys = append(set.Keys, k.Public())
		}
		_ = json.NewEncoder(w).Encode(set)
	}))
	t.Cleanup(d.Close)
	d.rotate(t, "k1")
	return d
}

func ecKey(t testing.TB, id string) jose.JSONWebKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: k, KeyID: id, Algorithm: "ES256", Use: "sig"}
}

// rotate puts a new key in the place of all.
func (d *idp) rotate(t testing.TB, id string) {
	k := ecKey(t, id)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys = []jose.JSONWebKey{k}
}

func (d *idp) set(change func(*idp)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// count is how often the keys were read.
func (d *idp) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads
}

// claims of a good token, for a clock.
func (d *idp) claims(now time.Time) map[string]any {
	return map[string]any{"iss": d.URL, "aud": "shop", "sub": "S-1", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "email": "anna@shop.example"}
}

// token signs claims with a key.
func token(t testing.TB, k jose.JSONWebKey, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: k}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// signedIn is a proxy that takes tokens, on a clock of its own.
type signedIn struct {
	*world
	idp *idp
	now *approvalstest.Clock
}

func newSignedIn(t testing.TB, change func(*proxy.JWTIdentity)) *signedIn {
	t.Helper()
	s := &signedIn{world: &world{t: t, upstream: newRecorder(t)}, idp: newIDP(t), now: approvalstest.NewClock()}
	r := routes(s.upstream.url(), localhost)
	r.Identity = proxy.Identity{JWT: proxy.JWTIdentity{JWKSURL: s.idp.URL, Issuer: s.idp.URL, Audience: "shop"}}
	if change != nil {
		change(&r.Identity.JWT)
	}
	for i := range r.Sensitive {
		r.Sensitive[i].Seller = strings.ReplaceAll(r.Sensitive[i].Seller, "identity.id", "identity.sub")
	}
	s.proxy, s.address = serve(t, r, func(c *proxy.Config) { c.Machine = s.now.Now })
	return s
}

// ask sends a guarded request without a body: 400 means that its sender is
// somebody, 401 nobody.
func (s *signedIn) ask(name, value string) int {
	s.t.Helper()
	return s.send(sent{method: "POST", target: "/bank", header: http.Header{name: {value}}}).status
}

func (s *signedIn) bearer(raw string) int { return s.ask("Authorization", "Bearer "+raw) }

// K9: who is signed in is who the sign-in service said, to us, and not too long
// ago.
func TestJWT_judged(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t, nil)
	key := s.idp.keys[0]
	now := s.now.Now()
	with := func(name string, value any) string {
		c := s.idp.claims(now)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return token(t, key, c)
	}
	good := with("x", 1)
	parts := strings.Split(good, ".")
	other := ecKey(t, "k1")
	secret := jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "k1", Algorithm: "HS256"}
	for _, tt := range []struct {
		name, header string
		want         int
	}{
		{"good", "Bearer " + good, 400},
		{"scheme in small letters", "bearer " + good, 400},
		{"several audiences", "Bearer " + with("aud", []string{"other", "shop"}), 400},
		{"half a minute late", "Bearer " + with("exp", now.Add(-20*time.Second).Unix()), 400},
		{"none", "", 401},
		{"no scheme", good, 401},
		{"another scheme", "Basic " + good, 401},
		{"another issuer", "Bearer " + with("iss", "https://evil.example"), 401},
		{"no issuer", "Bearer " + with("iss", nil), 401},
		{"another audience", "Bearer " + with("aud", "other"), 401},
		{"no audience", "Bearer " + with("aud", nil), 401},
		{"over", "Bearer " + with("exp", now.Add(-time.Minute).Unix()), 401},
		{"without an end", "Bearer " + with("exp", nil), 401},
		{"not yet", "Bearer " + with("nbf", now.Add(time.Minute).Unix()), 401},
		{"from the future", "Bearer " + with("iat", now.Add(time.Minute).Unix()), 401},
		{"other claims under the signature", "Bearer " + parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"S-2"}`)) + "." + parts[2], 401},
		{"another key under the same id", "Bearer " + token(t, other, s.idp.claims(now)), 401},
		{"a shared secret", "Bearer " + token(t, secret, s.idp.claims(now)), 401},
		{"the public key as a secret", "Bearer " + token(t, confused(t, key), s.idp.claims(now)), 401},
		{"alg none", "Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`)) + "." + parts[1] + ".", 401},
		{"no signature", "Bearer " + parts[0] + "." + parts[1] + ".", 401},
		{"two parts", "Bearer " + parts[0] + "." + parts[1], 401},
		{"JSON serialization with two signatures", `Bearer {"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`, 401},
		{"not a token", "Bearer x.y.z", 401},
		{"9 KiB", "Bearer " + with("x", strings.Repeat("y", 9<<10)), 401},
	} {
		if got := s.ask("Authorization", tt.header); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	if made, _ := s.upstream.got(); made > 0 {
		t.Error("the upstream was asked")
	}
}

// confused is the public key's text as the secret of an HMAC.
func confused(t testing.TB, k jose.JSONWebKey) jose.JSONWebKey {
	t.Helper()
	public, err := json.Marshal(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: public, KeyID: k.KeyID, Algorithm: "HS256"}
}

// Keys rotate without a word to us, and a stranger's tokens do not make us read
// them at will.
func TestJWT_keysRotate(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t, nil)
	first := s.idp.keys[0]
	sign := func(k jose.JSONWebKey) string { return token(t, k, s.idp.claims(s.now.Now())) }
	if got := s.bearer(sign(first)); got != 400 || s.idp.count() != 1 {
		t.Fatalf("%d after %d reads", got, s.idp.count())
	}
	for range 5 {
		s.bearer(sign(ecKey(t, "unknown")))
	}
	if s.idp.count() != 1 {
		t.Errorf("read %d times within half a minute", s.idp.count())
	}
	s.idp.rotate(t, "k2")
	s.now.Advance(31 * time.Second)
	if got := s.bearer(sign(s.idp.keys[0])); got != 400 || s.idp.count() != 2 {
		t.Errorf("the new key: %d after %d reads", got, s.idp.count())
	}
	if got := s.bearer(sign(first)); got != 401 {
		t.Errorf("the old key: %d", got)
	}
	s.idp.set(func(d *idp) { d.down = true })
	s.now.Advance(time.Hour)
	if got := s.bearer(sign(s.idp.keys[0])); got != 400 {
		t.Errorf("keys that cannot be read again: %d", got)
	}
	s.now.Advance(24 * time.Hour)
	if got := s.bearer(sign(s.idp.keys[0])); got != 503 {
		t.Errorf("keys that are a day old: %d", got)
	}
	s.idp.set(func(d *idp) { d.down = false })
	s.now.Advance(time.Minute)
	if got := s.bearer(sign(s.idp.keys[0])); got != 400 {
		t.Errorf("once they can be read again: %d", got)
	}
}

// Unsure is no: nobody is taken at their word while the keys cannot be read.
func TestJWT_noKeys(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t, nil)
	s.idp.set(func(d *idp) { d.down = true })
	raw := token(t, s.idp.keys[0], s.idp.claims(s.now.Now()))
	for range 3 {
		if got := s.bearer(raw); got != 503 {
			t.Errorf("%d", got)
		}
	}
	if s.idp.count() != 1 {
		t.Errorf("read %d times at once", s.idp.count())
	}
}

// A cookie or another header can carry the token; twice is refused.
func TestJWT_carriers(t *testing.T) {
	t.Parallel()
	cookie := newSignedIn(t, func(j *proxy.JWTIdentity) { j.Cookie = "session" })
	raw := token(t, cookie.idp.keys[0], cookie.idp.claims(cookie.now.Now()))
	for header, want := range map[string]int{"session=" + raw: 400, "a=b; session=" + raw + "; c=d": 400, "session=" + raw + "; session=x": 400, "Session=" + raw: 401, "": 401} {
		got := cookie.send(sent{method: "POST", target: "/bank", header: http.Header{"Cookie": {header}}})
		if twice := strings.Count(header, "session="); got.status != want || twice > 1 != strings.Contains(got.body, "ambiguous_request") {
			t.Errorf("%.20s: %d %s", header, got.status, got.body)
		}
	}
	if got := cookie.bearer(raw); got != 401 {
		t.Errorf("the header beside the cookie: %d", got)
	}
	header := newSignedIn(t, func(j *proxy.JWTIdentity) { j.Header = "X-Access-Token" })
	raw = token(t, header.idp.keys[0], header.idp.claims(header.now.Now()))
	if header.ask("X-Access-Token", raw) != 400 || header.ask("X-Access-Token", "Bearer "+raw) != 400 || header.ask("X_Access_Token", raw) != 401 {
		t.Error("another header")
	}
}

// Keys from a file, and what a key set may not hold.
func TestJWT_keySets(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		weak = &rsa.PrivateKey{} // this Go makes none, which is as good
	}
	good := ecKey(t, "k1")
	for _, tt := range []struct {
		name string
		set  string
		ok   bool
	}{
		{"good", keys(t, good.Public()), true},
		{"a key of a kind we do not know beside it", `{"keys":[{"kty":"X"},` + strings.TrimPrefix(keys(t, good.Public()), `{"keys":[`), true},
		{"private", keys(t, good), false},
		{"for encryption", keys(t, jose.JSONWebKey{Key: good.Public().Key, Use: "enc"}), false},
		{"shared", `{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZg"}]}`, false},
		{"short RSA", weakSet(weak), false},
		{"empty", `{"keys":[]}`, false},
		{"not JSON", `x`, false},
	} {
		file := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(file, []byte(tt.set), 0o600); err != nil {
			t.Fatal(err)
		}
		r := routes("http://127.0.0.1:1", localhost)
		r.Identity = proxy.Identity{JWT: proxy.JWTIdentity{JWKSFile: file, Issuer: "a", Audience: "b"}}
		table, faults := proxy.Compile(r)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		_, err := proxy.New(config(t, table))
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func keys(t testing.TB, k jose.JSONWebKey) string {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func weakSet(k *rsa.PrivateKey) string {
	if k.N == nil {
		return `{"keys":[]}`
	}
	return fmt.Sprintf(`{"keys":[{"kty":"RSA","e":"AQAB","n":%q}]}`, base64.RawURLEncoding.EncodeToString(k.N.Bytes()))
}
