package conformance

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The operations of the API that a marketplace calls, as calls are remembered.
const (
	opCreate = "create"
	opRead   = "read"
	opClaim  = "claim"
	opResult = "result"
	opCancel = "cancel"
	opOther  = "other"
)

// gateway stands in for the real one. It keeps its calls for the trial that is
// being played to look at.
type gateway struct {
	settings Settings
	now      func() time.Time
	signer   signer

	mu      sync.Mutex
	actions []*action
	answers map[string]answered // by Idempotency-Key
	locked  map[string]bool     // sellers
	faults  faults
	calls   []call
}

// faults are what goes wrong, until a trial ends.
type faults struct {
	cut       map[string]int              // operations whose next answers are lost after their effect
	away      int                         // calls to be answered with 503
	atClaim   func(*action) (code string) // happens just before a claim is looked at; a code refuses it
	makeToken func(claims) string         // makes another token than the claim's
}

// call is what a marketplace asked.
type call struct {
	op     string
	action string // id; of a create the one it made
	key    string // Idempotency-Key
	body   []byte
	status int  // what was answered, also when the answer was lost
	replay bool // answered from memory
}

// answered is an answer kept under its key.
type answered struct {
	request string // method, path and body
	action  string
	answer  answer
}

// answer is what goes over the wire.
type answer struct {
	status int
	body   any
	header map[string]string
}

func newGateway(s Settings, now func() time.Time) *gateway {
	return &gateway{settings: s, now: now, signer: newSigner(), answers: map[string]answered{}, locked: map[string]bool{}}
}

// set changes what the gateway believes, or looks at it, under its lock.
func (g *gateway) set(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
	if err != nil {
		g.refusal("payload_too_large").write(w)
		return
	}
	g.mu.Lock()
	c := call{op: opOther, body: body}
	a := g.answer(r, &c)
	c.status = a.status
	cut := g.faults.cut[c.op] > 0
	if cut {
		g.faults.cut[c.op]--
	}
	g.calls = append(g.calls, c)
	g.mu.Unlock()
	if cut {
		panic(http.ErrAbortHandler) // net/http cuts the connection, and logs nothing
	}
	a.write(w)
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if a.status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.Header().Set("Cache-Control", "no-store")
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

// answer decides what is answered, and fills c in.
func (g *gateway) answer(r *http.Request, c *call) answer {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/.well-known/jwks.json":
		return answer{status: http.StatusOK, body: g.signer.published()}
	case path[0] != "v1" || len(path) < 2:
		return g.refusal("not_found")
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+g.settings.APIKey)) != 1:
		return g.refusal("unauthenticated")
	case g.faults.away > 0:
		g.faults.away--
		c.op = operation(r.Method, path)
		return g.refusal("unavailable")
	}
	c.op = operation(r.Method, path)
	if len(path) > 2 && path[1] == "actions" {
		c.action = path[2]
	}
	if r.Method == http.MethodPost {
		return g.once(r, path, c)
	}
	return g.show(r, path)
}

// operation names a call.
func operation(method string, path []string) string {
	if path[1] != "actions" {
		return opOther
	}
	switch {
	case method == http.MethodPost && len(path) == 2:
		return opCreate
	case method == http.MethodGet && len(path) == 3:
		return opRead
	case method == http.MethodPost && len(path) == 4:
		switch path[3] {
		case opClaim, opResult, opCancel:
			return path[3]
		}
	}
	return opOther
}

// once answers a POST, from memory when its key was used before
// (draft-ietf-httpapi-idempotency-key-header-06).
func (g *gateway) once(r *http.Request, path []string, c *call) answer {
	c.key = unquote(r.Header.Get("Idempotency-Key"))
	if c.key == "" || len(r.Header.Values("Idempotency-Key")) != 1 {
		return g.refusal("idempotency_key_missing")
	}
	request := r.Method + " " + r.URL.Path + "\n" + string(c.body)
	if kept, used := g.answers[c.key]; used {
		c.replay, c.action = true, kept.action
		if kept.request != request {
			return g.refusal("idempotency_key_reused")
		}
		return kept.answer
	}
	a := g.act(path, c)
	if a.status < 500 {
		g.answers[c.key] = answered{request, c.action, a}
	}
	return a
}

func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
	}
	return s
}

// refusal is a problem document (RFC 9457) as the gateway writes it.
func (g *gateway) refusal(code string, more ...func(map[string]any)) answer {
	status := map[string]int{
		"unauthenticated": 401, "not_found": 404, "payload_too_large": 413, "idempotency_key_reused": 422, "unavailable": 503,
		"invalid_request": 400, "idempotency_key_missing": 400, "kind_unknown": 400,
	}[code]
	if status == 0 {
		status = http.StatusConflict
	}
	body := map[string]any{
		"type": g.settings.URL + "/problems/" + code, "doc": g.settings.URL + "/dev/api#" + code, "title": "Refused: " + strings.ReplaceAll(code, "_", " "), "status": status,
		"detail": "This is the conformance kit. The code says what a gateway would say.", "code": code, "request_id": "conformance",
	}
	header := map[string]string{}
	switch status {
	case http.StatusUnauthorized:
		header["WWW-Authenticate"] = `Bearer realm="countersign"`
	case http.StatusServiceUnavailable:
		header["Retry-After"] = "1"
	}
	for _, add := range more {
		add(body)
	}
	return answer{status, body, header}
}

// strict decodes a body that has no unknown fields.
func strict(body []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into) == nil && !d.More()
}
