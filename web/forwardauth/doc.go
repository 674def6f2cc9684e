// Package forwardauth answers a proxy that asks before it lets a request
// through: nginx (auth_request), Caddy (forward_auth), Traefik (forwardAuth)
// and Envoy (ext_authz over HTTP). It has a listener of its own, which only the
// proxies named in the configuration may ask.
//
// The request that is asked about names an action, Countersign-Action, and the
// digest of its body, Content-Digest (RFC 9530). It passes when the action is
// approved and approves exactly this request: method, target, content type and
// body. Asking is claiming: the first answer of 200 takes the release, and the
// proxy hands its token on to the upstream, which compares the body itself
// (client.Guard), because most proxies ask without the body.
//
// Invariants:
//
//   - The status is 200, 401 or 403, whatever happens. Proxies take every 2xx
//     for yes, and some take everything else but 401 and 403 for an error.
//   - 200 means that this call, or an identical one at most 30 seconds before,
//     won the claim. Nothing else gets it: a panic, a database that does not
//     answer, a halt and a clock that is not sure are 403.
//   - 401 means that the seller can still bring it about, 403 that this request
//     will not pass. An unknown action and another marketplace's are one answer.
//   - Nothing is kept by caches on the way, and no answer has a body.
//   - What a client says of itself is not believed: who asks is told by the
//     connection, and the proxy says what it was asked for.
//
// Anybody who knows an action's id can name it, and nobody is asked here who they
// are. With another request than the approved one that holds the action; with
// exactly the approved one it takes the release, and the upstream, which compares
// whose the token is with who is signed in, refuses it. Either stops a change and
// moves no money; a marketplace shows an id to its seller alone all the same.
package forwardauth
