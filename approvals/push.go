package approvals

import (
	"context"
	"time"
)

// Push is a request that the gateway itself sends upstream once its action is
// approved, so that the marketplace claims nothing. Its method, target and
// content type are the BoundRequest in the action's details, which also has the
// digest of the body: both proofs sign all of it. The body is kept sealed and
// never changes.
type Push struct {
	// Route names the configured route that asks for it; its upstream and its
	// contract are the Pusher's to know.
	Route string
	// Idempotent says that the route is declared so: the upstream puts the same
	// Idempotency-Key in place once, however often it comes. Without it at most
	// one attempt is made that may have been sent (RELIABILITY I4b).
	Idempotent bool
	Body       []byte
}

// Limits of one attempt (RELIABILITY §5).
const (
	// PushLease is how long one attempt may take from its claim to the end of its
	// answer. What was not sent inside it is never sent.
	PushLease = 30 * time.Second
	// PushTimeout is how long the request itself may take; the Pusher's context
	// ends then.
	PushTimeout = 15 * time.Second
)

// PushResult is what is known of one attempt. The list is closed; one that is
// not in it counts as PushUnknown.
type PushResult string

const (
	// PushNotSent: provably not one byte of the request left: no address, no
	// connection, no TLS, or the gateway stopped it. Only the living process knows.
	PushNotSent PushResult = "not_sent"
	// PushExecuted: the answer is within the route's contract for done, or for
	// done already.
	PushExecuted PushResult = "executed"
	// PushFailed: the answer is within the route's contract for refused.
	PushFailed PushResult = "failed"
	// PushUnknown: anything else: no answer, half an answer, another one than
	// agreed, or an owner that died.
	PushUnknown PushResult = "unknown"
)

// PushOrder is one attempt to be made.
type PushOrder struct {
	Action  ActionKey
	Attempt int // from 1
	Route   string
	Request BoundRequest
	Body    []byte
	// Token is the release token of this very attempt, for Countersign-Release.
	// It is a secret.
	Token string
	// ReleaseID is the same for every attempt of an action: the Idempotency-Key.
	ReleaseID string
}

// PushOutcome is what came of one attempt.
type PushOutcome struct {
	Result     PushResult
	Status     int           // of the HTTP answer, 0 when there was none
	RetryAfter time.Duration // what the answer asked for, 0 if nothing; clamped here
	Note       string        // for people: what went wrong; no secret, nothing of the answer's body
}

// PushRoute is a route of one marketplace: two marketplaces may call theirs the
// same, and they have nothing to do with each other.
type PushRoute struct {
	Marketplace MarketplaceID
	Route       string
}

// PushRoute is whose push the action is; the zero value is nobody's.
func (a Action) PushRoute() PushRoute {
	if !a.Pushed() {
		return PushRoute{}
	}
	return PushRoute{a.Marketplace, a.Push.Route}
}

// Pusher sends one request upstream. It makes one attempt, follows no redirect
// and ends with ctx. It says PushNotSent only where it knows that. An error
// counts as PushUnknown.
type Pusher interface {
	// Sends reports whether it is the one to send what this route asks for. What
	// it does not send is left as it is, for a node that does.
	Sends(r PushRoute) bool
	Push(ctx context.Context, o PushOrder) (PushOutcome, error)
}

// Pushing is what an action knows of its push; the zero value is an action that
// its marketplace claims.
type Pushing struct {
	Route       string
	Idempotent  bool
	NextAt      time.Time     // from when on the next attempt may be made, zero when none is to come
	LeasedUntil time.Time     // of the open attempt, zero when none is open
	Attempts    []PushAttempt // in order, numbered without gaps
}

// PushAttempt is one attempt to send a push, kept as evidence.
type PushAttempt struct {
	Number  int       // from 1
	At      time.Time // its lease begins
	EndedAt time.Time // zero while it is open
	Result  PushResult
	Status  int
	Note    string
}

// Pushed reports whether the gateway itself sends the action upstream.
func (a Action) Pushed() bool { return a.Push.Route != "" }

// pushable refuses a push that could never be sent: one without a route, of a
// kind that no request is for, or with another body than the one in the details.
func (d Draft) pushable() error {
	switch r, bound := RequestOf(Action{Details: d.Details}); {
	case d.Push == nil:
		return nil
	case d.Push.Route == "":
		return Invalid(FieldError{"push.route", "must name a route"})
	case !bound || d.Kind.Own():
		return Invalid(FieldError{"details.request", "must be the request that is sent"})
	case ContentDigest(d.Push.Body) != r.ContentDigest:
		return Invalid(FieldError{"details.request.content_digest", "must be the digest of the body that is sent"})
	}
	return nil
}
