package webtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is a company's sign-on on a loopback address, which can lie. It checks
// what a client sends as a real one does.
type Issuer struct {
	t      testing.TB
	server *httptest.Server
	keys   map[jose.SignatureAlgorithm]crypto.Signer
	now    func() time.Time

	// What it says; set before it is asked.
	Alg      jose.SignatureAlgorithm // "none" signs nothing
	Foreign  bool                    // signs with a key that is not published
	Claims   func(map[string]any)    // changes the ID token
	NamesIss string                  // iss in its answers
	Lie      func(discovery map[string]any)
	Again    bool // a code counts more than once
	Junk     int  // bytes before each discovery document

	mu    sync.Mutex
	codes map[string]url.Values // what each code was asked with
}

// IssuerClient and IssuerSecret are those of the one client it knows.
const (
	IssuerClient = "countersign"
	IssuerSecret = "a secret with : and /"
)

// NewIssuer starts one. now is the clock of its tokens.
func NewIssuer(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	r, e := issuerKeys()
	i := &Issuer{t: t, now: now, Alg: jose.RS256, codes: map[string]url.Values{}, keys: map[jose.SignatureAlgorithm]crypto.Signer{
		jose.RS256: r, jose.PS256: r, jose.ES256: e,
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /jwks", i.jwks)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.server.Close)
	return i
}

// issuerKeys are made once: it takes a while.
var issuerKeys = sync.OnceValues(func() (*rsa.PrivateKey, *ecdsa.PrivateKey) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return r, e
})

// URL is its name.
func (i *Issuer) URL() string { return i.server.URL }

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	says := map[string]any{
		"issuer": i.URL(), "authorization_endpoint": i.URL() + "/authorize", "token_endpoint": i.URL() + "/token", "jwks_uri": i.URL() + "/jwks",
		"authorization_response_iss_parameter_supported": i.NamesIss != "", "id_token_signing_alg_values_supported": []string{"RS256", "ES256", "PS256", "none", "HS256"},
	}
	if i.Lie != nil {
		i.Lie(says)
	}
	_, _ = w.Write([]byte(strings.Repeat(" ", i.Junk)))
	answer(w, says)
}

func (i *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	var set jose.JSONWebKeySet
	for alg, key := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: string(alg), Algorithm: string(alg), Use: "sig"})
	}
	answer(w, set)
}

// authorize lets whoever comes in, and sends them back.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != IssuerClient || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "malformed: "+q.Encode(), http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	if i.NamesIss != "" {
		back.Set("iss", i.NamesIss)
	}
	w.Header().Set("Location", q.Get("redirect_uri")+"?"+back.Encode())
	w.WriteHeader(http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	asked := i.codes[r.FormValue("code")]
	if !i.Again {
		delete(i.codes, r.FormValue("code"))
	}
	i.mu.Unlock()
	user, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if asked == nil || user != IssuerClient || secret != IssuerSecret || r.FormValue("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != asked.Get("code_challenge") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := i.now()
	claims := map[string]any{
		"iss": i.URL(), "sub": "ada-0001", "aud": IssuerClient, "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"email": "ada@company.example", "hd": "company.example", "tid": "tenant-1",
	}
	if i.Claims != nil {
		i.Claims(claims)
	}
	answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *Issuer) sign(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	if i.Alg == "none" {
		text := base64.RawURLEncoding.EncodeToString
		return text([]byte(`{"alg":"none","kid":"RS256"}`)) + "." + text(payload) + "."
	}
	var key any = i.keys[i.Alg]
	if i.Alg == jose.HS256 { // with the public key for a secret
		key = []byte(IssuerSecret + strings.Repeat(" ", 32))
	}
	if i.Foreign {
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: i.Alg, Key: jose.JSONWebKey{Key: key, KeyID: string(i.Alg)}}, nil)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	text, _ := signed.CompactSerialize()
	return text
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// Login goes where a client sends a browser, and returns where that leads back to.
func (i *Issuer) Login(to string) *url.URL {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), http.MethodGet, to, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	got, err := i.server.Client().Transport.RoundTrip(r)
	if err != nil {
		i.t.Fatal(err)
	}
	defer got.Body.Close()
	back, err := got.Location()
	if err != nil {
		i.t.Fatalf("%d: %v", got.StatusCode, err)
	}
	return back
}
