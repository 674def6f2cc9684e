package forwardauth

import (
	"net/http"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/approvals/target"
)

// Paths that a proxy asks under.
const (
	// CheckPath is for proxies that tell the original request in headers. A query
	// after it is not read: Caddy leaves the original one there.
	CheckPath = "/check"
	// EnvoyPath is put before the path of the original request, which has the
	// original method (Envoy's path_prefix).
	EnvoyPath = "/envoy"
)

// Why a question is not answered, beside what the approvals say.
const (
	codeUntrusted approvals.Code = "untrusted_peer"
	codeAmbiguous approvals.Code = "ambiguous_request" // or one that is not told at all
	codeNoAction  approvals.Code = "no_action"
	codeDigest    approvals.Code = "content_digest" // missing, malformed, or not that of the body
	codeUnbound   approvals.Code = "action_not_bound"
)

// Limits of a question.
const (
	maxActionID       = 64
	maxContentType    = 255
	maxIdempotencyKey = 257 // in its quotes
)

// question is what a proxy asks.
type question struct {
	action  approvals.ActionID // empty: none is named
	request approvals.BoundRequest
	key     string // the Idempotency-Key, empty for none
}

// methods are those that can change something, and so those that an action can
// approve.
var methods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// read reads a question. Whatever could be understood in two ways, or by
// another reader in another way, is refused (RELIABILITY §9 F and G).
func read(r *http.Request) (question, error) {
	method, raw, err := original(r)
	if err != nil {
		return question{}, err
	}
	if target.Check(raw) != nil || strings.ContainsFunc(method, notUpper) {
		return question{}, approvals.Refuse(codeAmbiguous)
	}
	action, ok := once(r.Header, ActionHeader, maxActionID)
	if !ok {
		return question{}, approvals.Refuse(codeAmbiguous)
	}
	if action == "" {
		return question{}, nil
	}
	q := question{action: approvals.ActionID(action), request: approvals.BoundRequest{Method: method, Target: raw}}
	typed, ok1 := once(r.Header, "Content-Type", maxContentType)
	key, ok2 := once(r.Header, "Idempotency-Key", maxIdempotencyKey)
	if !ok1 || !ok2 || !slices.Contains(methods, method) {
		return question{}, approvals.Refuse(codeAmbiguous)
	}
	q.request.ContentType, q.key = typed, key
	q.request.ContentDigest, err = bodyDigest(r)
	return q, err
}

func notUpper(c rune) bool { return c < 'A' || c > 'Z' }

// The two ways in which proxies tell the original request, and what would tell
// it besides.
var (
	methodHeaders = []string{"X-Forwarded-Method", "X-Original-Method"}
	targetHeaders = []string{"X-Forwarded-Uri", "X-Original-Uri"}
	otherHeaders  = []string{"X-Original-Url", "X-Rewrite-Url", "X-Http-Method", "X-Http-Method-Override", "X-Method-Override"}
)

// original returns method and target of the request that is asked about.
func original(r *http.Request) (method, raw string, err error) {
	for _, name := range otherHeaders {
		if r.Header.Values(name) != nil {
			return "", "", approvals.Refuse(codeAmbiguous)
		}
	}
	if rest, ok := strings.CutPrefix(r.RequestURI, EnvoyPath); ok && strings.HasPrefix(rest, "/") {
		return envoys(r, rest)
	}
	if path, _, _ := strings.Cut(r.RequestURI, "?"); path != CheckPath {
		return "", "", approvals.Refuse(codeAmbiguous)
	}
	method, ok1 := agreed(r.Header, methodHeaders)
	raw, ok2 := agreed(r.Header, targetHeaders)
	if !ok1 || !ok2 || method == "" || raw == "" {
		return "", "", approvals.Refuse(codeAmbiguous)
	}
	return method, raw, nil
}

// envoys takes the request of a check as it is. Headers that tell another have
// come from a client.
func envoys(r *http.Request, raw string) (string, string, error) {
	for _, name := range slices.Concat(methodHeaders, targetHeaders) {
		if r.Header.Values(name) != nil {
			return "", "", approvals.Refuse(codeAmbiguous)
		}
	}
	return r.Method, raw, nil
}

// agreed returns what all headers of these names say, empty if there is none,
// and false if two say different things.
func agreed(h http.Header, names []string) (value string, ok bool) {
	for _, name := range names {
		said, ok := once(h, name, target.Max)
		if !ok || said != "" && value != "" && said != value {
			return "", false
		}
		if said != "" {
			value = said
		}
	}
	return value, true
}

// once returns the value of a header that is there once or not at all, in
// printable ASCII of at most so many characters; false for any other.
func once(h http.Header, name string, most int) (string, bool) {
	lines := h.Values(name)
	if len(lines) == 0 {
		return "", true
	}
	odd := strings.ContainsFunc(lines[0], func(c rune) bool { return c < ' ' || c > '~' })
	return lines[0], len(lines) == 1 && len(lines[0]) <= most && !odd
}
