// Package proxy is the way in for a marketplace that changes nothing: the
// gateway stands in front of it as a reverse proxy. What is sensitive is sealed
// and waits for its seller; everything else streams through untouched.
//
// A request passes, from the outside in:
//
//	conn       reads the head and follows the body strictly, before net/http does:
//	           what two readers could understand in two ways is refused, and a
//	           refusal is answered in its turn
//	decide     the path in every spelling that some server takes for another:
//	           plainly a guarded one, plainly none, or refused
//	forward    what needs no approval, with path and query byte for byte, without
//	           the headers that only the gateway may set
//	guard      who is signed in, what is asked for (by the route's expressions), an
//	           action bound to the very bytes of the request; nothing goes upstream
//
// Once the action is approved, the engine sends the sealed request through
// [Proxy.Push]: the same method, target, content type and body, with the release
// token in the place of the seller's session. The digest both proofs signed is
// that of what is sent.
//
// Invariants: nothing reaches the upstream that the router did not understand;
// no header from a client says who is signed in or what was approved; a guarded
// request that cannot be judged is refused, never passed on. The package takes no
// decision of its own: rules are in package approvals.
//
// TLS ends in front of the listener, which speaks HTTP/1.1 (RFC 9112); to the
// upstream it speaks HTTP/2 where that is offered.
package proxy
