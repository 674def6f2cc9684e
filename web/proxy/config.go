package proxy

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/web/peer"
)

// Routes is the part of the configuration that puts the gateway in front of a
// marketplace. Without an upstream there is no proxy.
type Routes struct {
	// Upstream is the marketplace: scheme, host and port.
	Upstream string `koanf:"upstream"`
	// Host is the Host header of the requests that the gateway itself sends;
	// default: the upstream's. What passes through keeps its own.
	Host string `koanf:"host"`
	// Listen is the proxy's own address; pages and API are elsewhere.
	Listen string `koanf:"listen"`
	// Marketplace is the id that "countersign marketplaces add" printed.
	Marketplace string   `koanf:"marketplace"`
	Identity    Identity `koanf:"identity"`
	// Sensitive are the requests that need the seller's approval. All others
	// pass.
	Sensitive []Route `koanf:"sensitive"`
}

// Identity says who vouches for who is signed in: one of the two.
type Identity struct {
	JWT  JWTIdentity  `koanf:"jwt"`
	Peer PeerIdentity `koanf:"peer"`
}

// JWTIdentity takes the claims of a token that the marketplace's sign-in made.
type JWTIdentity struct {
	JWKSURL  string `koanf:"jwks_url"` // https, or http on a loopback host
	JWKSFile string `koanf:"jwks_file"`
	Issuer   string `koanf:"issuer"`
	Audience string `koanf:"audience"`
	Header   string `koanf:"header"` // default Authorization, with "Bearer " before the token
	Cookie   string `koanf:"cookie"` // in the place of the header
}

// PeerIdentity takes a header from a proxy that stands in front and is known by
// the address of its connection.
type PeerIdentity struct {
	Trusted []string `koanf:"trusted"` // addresses and networks, as in 10.0.0.0/24
	Header  string   `koanf:"header"`
}

// Route is one guarded kind of request. Seller, Kind, Details, Email and
// Executed are CEL expressions.
type Route struct {
	Name   string `koanf:"name"`
	Method string `koanf:"method"` // POST, PUT, PATCH or DELETE
	// Path is as in /sellers/{id}/bank. Seller or Details reads each name in
	// braces; one at the end takes no value with a dot. It guards /bank.json and
	// /index.php/bank with /bank: they are refused unless routes of their own.
	Path    string `koanf:"path"`
	Seller  string `koanf:"seller"`
	Kind    string `koanf:"kind"` // an expression, or a kind as it is
	Details string `koanf:"details"`
	Email   string `koanf:"email"` // empty: the seller is known already
	// Idempotent: the upstream puts the same Idempotency-Key in place once.
	Idempotent bool `koanf:"idempotent"`
	// Answer is accepted (default: 202, and 303 for browsers), redirect or
	// challenge (RFC 9470).
	Answer    string `koanf:"answer"`
	ReturnURL string `koanf:"return_url"`
	// Executed says of the upstream's answer that it is done, over status and
	// headers. Default: 200, 201 or 204 that is no HTML page.
	Executed string `koanf:"executed"`
	// SellerHeader names the header in which the upstream is told who the seller
	// is when the request is sent; empty: none.
	SellerHeader string `koanf:"seller_header"`
}

// Ways to answer a request that waits for approval.
const (
	answerAccepted  = "accepted"
	answerRedirect  = "redirect"
	answerChallenge = "challenge"
)

// Fault is something wrong with Routes and what to write instead.
type Fault struct {
	Field   string // "sensitive.0.seller"
	Message string
}

// faults collects them.
type faults []Fault

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, Fault{field, fmt.Sprintf(format, args...)})
}

// Table is Routes, checked and compiled.
type Table struct {
	Routes
	upstream *url.URL
	routes   []*route
	trusted  peer.List
}

type route struct {
	Route
	pattern                                pattern
	seller, kind, details, email, executed *expression
}

// Compile checks every setting and every expression, so that a gateway that
// starts can answer.
func Compile(r Routes) (*Table, []Fault) {
	var f faults
	t := &Table{Routes: r}
	t.upstream = f.upstream(r.Upstream)
	if r.Host != "" && !hostPort([]byte(r.Host)) {
		f.add("host", "must be a host, and a port at most, as in shop.example")
	}
	if _, _, err := net.SplitHostPort(r.Listen); err != nil {
		f.add("listen", "must be host:port, as in 127.0.0.1:8090")
	}
	if r.Marketplace == "" {
		f.add("marketplace", `must be the id that "countersign marketplaces add" printed`)
	}
	t.trusted = f.identity(r.Identity)
	if len(r.Sensitive) == 0 {
		f.add("sensitive", "must list the requests to guard; without one the proxy guards nothing")
	}
	vars, err := newVocabulary()
	if err != nil {
		f.add("sensitive", "cannot be compiled: %v", err)
		return nil, f
	}
	for i, one := range r.Sensitive {
		t.routes = append(t.routes, f.route(fmt.Sprintf("sensitive.%d", i), one, t.routes, vars))
	}
	if len(f) > 0 {
		return nil, f
	}
	return t, nil
}

func (f *faults) upstream(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		f.add("upstream", "must be scheme, host and port only, as in http://127.0.0.1:3000")
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}

func (f *faults) identity(id Identity) peer.List {
	switch jwt, front := id.JWT != (JWTIdentity{}), id.Peer.Header != "" || len(id.Peer.Trusted) > 0; {
	case jwt == front:
		f.add("identity", "must have one of jwt and peer: who vouches for who is signed in")
		return nil
	case jwt:
		f.jwt(id.JWT)
		return nil
	}
	if !plainHeader(id.Peer.Header) || id.Peer.Header == "" {
		f.add("identity.peer.header", "must be a header name of letters, digits and hyphens, as in X-Seller")
	}
	trusted, err := peer.Parse(id.Peer.Trusted)
	if err != nil {
		f.add("identity.peer.trusted", "%v", err)
	}
	return trusted
}

func (f *faults) jwt(j JWTIdentity) {
	if (j.JWKSURL == "") == (j.JWKSFile == "") {
		f.add("identity.jwt", "must have one of jwks_url and jwks_file: where the keys are")
	}
	if j.JWKSURL != "" && !secureURL(j.JWKSURL) {
		f.add("identity.jwt.jwks_url", "must be an https address, or http on this machine")
	}
	if j.Issuer == "" {
		f.add("identity.jwt.issuer", "must be the iss of the tokens")
	}
	if j.Audience == "" {
		f.add("identity.jwt.audience", "must be the aud of the tokens that are for this marketplace")
	}
	if j.Header != "" && j.Cookie != "" {
		f.add("identity.jwt.cookie", "stands beside header; keep one of the two")
	}
	if !plainHeader(j.Header) || !token([]byte(j.Cookie)) {
		f.add("identity.jwt.header", "must be a header name of letters, digits and hyphens")
	}
}

func secureURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

func (f *faults) route(at string, r Route, before []*route, v *vocabulary) *route {
	out := &route{Route: r}
	bad := func(field, message string) { f.add(at+"."+field, "of route %q %s", r.Name, message) }
	if r.Name == "" || strings.ContainsFunc(r.Name, func(c rune) bool { return c <= ' ' || c > '~' }) || len(r.Name) > 64 {
		f.add(at+".name", "must be a word of 64 characters at most, as in bank-change")
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, r.Method) {
		bad("method", "must be POST, PUT, PATCH or DELETE")
	}
	var err error
	if out.pattern, err = parsePattern(r.Path); err != nil {
		bad("path", err.Error())
	}
	for _, b := range before {
		if b.Name == r.Name {
			bad("name", "is that of another route")
		}
		if b.Method == r.Method && err == nil && b.pattern.meets(out.pattern) {
			bad("path", fmt.Sprintf("can be the path of route %q too; make one of them narrower", b.Name))
		}
	}
	out.Answer = cmp.Or(r.Answer, answerAccepted)
	if !slices.Contains([]string{answerAccepted, answerRedirect, answerChallenge}, out.Answer) {
		bad("answer", "must be accepted, redirect or challenge")
	}
	if r.ReturnURL == "" {
		bad("return_url", "must be a return URL of the marketplace, where the seller comes back to")
	}
	if !plainHeader(r.SellerHeader) || ours(r.SellerHeader) {
		bad("seller_header", "must be a header name of letters, digits and hyphens that is not the gateway's own")
	}
	out.expressions(v, bad)
	if name, found := out.unread(); found && err == nil {
		bad("path", fmt.Sprintf("has {%s}, which neither seller nor details reads, so that whose account it names would be neither checked nor shown; read path.%s in one of them", name, name))
	}
	return out
}

// expressions compiles what a route says in CEL.
func (r *route) expressions(v *vocabulary, bad func(field, message string)) {
	compile := func(field, text string, required bool, want resultType) *expression {
		if text == "" {
			if required {
				bad(field, "must be an expression, as in "+examples[field])
			}
			return nil
		}
		e, problem := v.compile(text, want)
		if problem != "" {
			bad(field, problem)
		}
		return e
	}
	r.seller = compile("seller", r.Route.Seller, true, aString)
	r.email = compile("email", r.Route.Email, false, aString)
	r.details = compile("details", r.Route.Details, true, aMap)
	r.executed = compile("executed", r.Route.Executed, false, aBool)
	if !literal(approvals.Kind(r.Route.Kind)) {
		r.kind = compile("kind", r.Route.Kind, true, aString)
	}
}

// literal reports whether a route names a kind, and no expression that reads one. One
// that a marketplace defines is looked up when it is asked for.
func literal(k approvals.Kind) bool {
	first, _, _ := strings.Cut(string(k), ".")
	return k.Known() && !slices.Contains(requestVariables, first)
}

var examples = map[string]string{
	"seller":  "identity.sub",
	"kind":    "payout_account.change",
	"details": "{'to': {'iban': body.iban, 'holder': body.holder}}",
}
