package auth

import (
	"context"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Store keeps authenticators, challenges and tries. Each method is one
// transaction, durable when it returns without an error. Methods may be called
// from any number of nodes at once. A database that cannot be asked is
// approvals.CodeUnavailable.
type Store interface {
	Authenticators
	Quarantines
	Replacements
	Challenges
	Proving
	Recovery
	Devices
}

// Authenticators keeps what sellers have enrolled.
type Authenticators interface {
	// Authenticators returns all of a seller's, disabled ones too, oldest first.
	Authenticators(ctx context.Context, seller approvals.SellerKey) ([]Record, error)

	// AddFirst adds the seller's first authenticator with its event, and voids
	// the seller's unconfirmed seeds. Of any number of calls at once for one
	// seller one wins; the others are CodeEnrolmentClosed. A credential id that
	// anybody has enrolled before is CodeAlreadyEnrolled.
	AddFirst(ctx context.Context, r Record, e audit.Event) error

	// AddPending adds an authenticator that waits for its authenticator.add, with
	// its event, and voids the seller's unconfirmed seeds. It is false, and adds
	// nothing, when the seller has max of its method that are not switched off:
	// also when any number of calls come at once. A credential id that anybody
	// has enrolled before, and an app that was added already, is
	// CodeAlreadyEnrolled.
	AddPending(ctx context.Context, r Record, max int, e audit.Event) (bool, error)

	// Rename sets a name and saves the event. CodeNotFound when the seller has no
	// such authenticator, or it is switched off.
	Rename(ctx context.Context, seller approvals.SellerKey, id, name string, e audit.Event) error

	// Disable switches an authenticator off for good. The event is saved by
	// the call that did it; later ones change nothing.
	Disable(ctx context.Context, a Authenticator, e audit.Event) error

	// Handle returns the WebAuthn user.id of a seller, which it sets to
	// candidate if there is none yet.
	Handle(ctx context.Context, seller approvals.SellerKey, candidate []byte) ([]byte, error)
}

// Replacements puts an authenticator in the place of all a seller had.
type Replacements interface {
	// Replace ends the recovery, switches off all that the seller has enrolled, voids
	// the printed codes and the unconfirmed seeds, adds the authenticator and saves
	// the event, all or nothing. A recovery that is not open any more, for whatever
	// reason, is refused as approvals.Recovery.Finish refuses it, and nothing is
	// switched off. A credential id that anybody has enrolled before is
	// CodeAlreadyEnrolled.
	Replace(ctx context.Context, r Replacement, e audit.Event) error
}

// Quarantines tells when the wait of a first authenticator is over.
type Quarantines interface {
	// EndQuarantines deals with first authenticators whose wait was over by now
	// and was not announced, earliest first, and returns how many. Each is
	// announced once, whatever nodes ask: the event is saved with the notice to
	// the seller's contacts and the webhook, or not at all. Of one that was
	// switched off meanwhile nothing is said. What was usable when it was
	// enrolled, or was added by an action, is not among them.
	EndQuarantines(ctx context.Context, now time.Time, limit int, event func(Authenticator) audit.Event) (int, error)
}

// Challenges keeps what waits for an answer.
type Challenges interface {
	// PutChallenge saves a challenge. When MaxChallenges of the same seller,
	// action and stage are there already, the oldest is void.
	PutChallenge(ctx context.Context, c Challenge) error

	// TakeChallenge deletes the challenge with this hash and returns it, in
	// one statement: of any number of calls one gets it, the others
	// CodeNotFound. It may have expired.
	TakeChallenge(ctx context.Context, hash [32]byte) (Challenge, error)

	// PutEnrolment saves a seed that is not confirmed yet, at most
	// MaxChallenges for one seller, the oldest void.
	PutEnrolment(ctx context.Context, e Enrolment) error

	// Enrolment returns an unconfirmed seed of this seller. It may have expired.
	Enrolment(ctx context.Context, seller approvals.SellerKey, id string) (Enrolment, error)

	// Sweep deletes challenges and unconfirmed seeds that had expired by now,
	// and returns how many.
	Sweep(ctx context.Context, now time.Time) (int, error)

	// EndPending switches off pending authenticators made by this time that no
	// action is about, each with its event, and returns how many; there may be
	// more.
	EndPending(ctx context.Context, madeBy, now time.Time, event func(Authenticator) audit.Event) (int, error)
}

// Proving counts tries.
type Proving interface {
	// Tries returns where a seller stands; Counted is false.
	Tries(ctx context.Context, seller approvals.SellerKey) (Tries, error)

	// CountTry counts a failure before the answer is looked at: the seller's
	// with one statement that refuses while a block or a pause lasts, so that
	// MaxTries are evaluated however many arrive at once (RELIABILITY I16), and
	// each named authenticator's. It is durable when it returns (I17).
	CountTry(ctx context.Context, t Try) (Tries, error)

	// Settle ends a counted try. If the authenticator is in use and its step,
	// or its counter where that must rise, is above the stored one, it is
	// stored, all of the seller's and the authenticator's failures are
	// forgotten, and the answer is true. A recovery code is so if it is good
	// and unspent; it is spent and replaced by the same call. Otherwise nothing changes but that
	// s.Refused is saved, and the answer is false.
	Settle(ctx context.Context, s Settlement) (bool, error)
}

// Recovery keeps what recovery codes hash to.
type Recovery interface {
	// RecoverySet returns how a seller's codes stand.
	RecoverySet(ctx context.Context, seller approvals.SellerKey) (RecoverySet, error)

	// ReplaceRecoverySet voids all codes of a seller and puts these in their
	// place, with the event. Of calls at once the last one's are good.
	ReplaceRecoverySet(ctx context.Context, seller approvals.SellerKey, n NewRecoverySet) error
}

// NewRecoverySet is a set of codes to be stored.
type NewRecoverySet struct {
	Hashes [][32]byte // RecoverySize of them
	At     time.Time
	Event  audit.Event
}

// Challenge is a WebAuthn ceremony that waits for its answer.
type Challenge struct {
	Hash      [32]byte // SHA-256 of the challenge's bytes
	Subject   Subject  // only the seller is set for an enrolment
	Session   []byte   // JSON of go-webauthn's SessionData, unchanged
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Enrolment is a TOTP seed that no code has confirmed yet: it proves nothing.
type Enrolment struct {
	ID        string // becomes the authenticator's
	Seller    approvals.SellerKey
	Account   string
	Sealed    []byte
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Try is one answer, about to be looked at.
type Try struct {
	Seller         approvals.SellerKey
	Authenticators []string // that the answer may be from
	Recovery       bool     // the answer is a recovery code: the seller's set counts it as well
	Now            time.Time
	Paused         []time.Time                       // when the next try may come after the first in a row, the second, …
	Until          []time.Time                       // where a block that begins now ends: the first since a success, the second, …
	Blocked        func(until time.Time) audit.Event // saved when this try begins a block
}

// Tries is where a seller stands.
type Tries struct {
	Failures     int       // in a row, below MaxTries
	BlockedUntil time.Time // zero: never yet
	PausedUntil  time.Time // zero, or past: the next may come at once
	Counted      bool      // false: a block or a pause lasts, the answer must not be looked at
	Began        bool      // this try began the block: it is the last one evaluated
	Evaluate     []string  // the authenticators that may still be evaluated
	Recovery     bool      // and so may the seller's recovery codes
}

// RecoverySpend names a code by its hash, and the one that takes its place.
type RecoverySpend struct {
	Hash, Next [32]byte
	MadeBy     time.Time // the code must not be newer; zero: it may
}

// Settlement is what came of a try.
type Settlement struct {
	Seller        approvals.SellerKey
	Authenticator string // empty: none accepted the answer
	Method        approvals.Method
	At            time.Time

	Step      int64  // of TOTP: what matched; below any stored step if nothing did
	SignCount uint32 // of a passkey
	Rising    bool   // the counter must be above the stored one
	BackedUp  bool

	Recovery RecoverySpend // of a recovery code

	Accepted audit.Event // saved with success if it has a verb
	Refused  audit.Event
}
