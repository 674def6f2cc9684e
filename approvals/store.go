package approvals

import (
	"context"
	"errors"
	"time"

	"countersign/approvals/audit"
)

// ActionKey names one action within its marketplace. Every read and write
// carries both, so that marketplaces never mix (RELIABILITY I21).
type ActionKey struct {
	Marketplace MarketplaceID
	ID          ActionID
}

// Key returns the action's key.
func (a Action) Key() ActionKey { return ActionKey{a.Marketplace, a.ID} }

// SellerKey returns the key of the action's seller.
func (a Action) SellerKey() SellerKey { return SellerKey{a.Marketplace, a.Seller} }

// Store is the only writer of state.
//
// Each method runs its function inside one transaction, on data read there,
// and saves everything the returned change says or nothing at all: state,
// event, proof, links, mails, deliveries, case, stored answer, and the jobs
// that wake the workers. The function may run more than once and must do
// nothing but compute. An error from it rolls back and comes back as it is; a
// change with the version it was given saves nothing. When the call returns
// without an error the change is durable.
//
// Conflicts the database finds are refusals: CodeOpen for a second open action
// of a seller and kind, CodeProofSpent for a proof or code used before,
// ErrDuplicateAnswer for an Idempotency-Key used before. An unknown or foreign
// key is CodeNotFound. A database that cannot be asked is CodeUnavailable.
type Store interface {
	// Create adds the action look describes. plan sees the seller as stored, or
	// one with a zero CreatedAt, the seller's open action of this kind, if any,
	// and the signals as they are when nobody else creates on this destination:
	// of two that name it at once, the second sees the first.
	Create(ctx context.Context, look Look, plan func(Seller, *Action, Signals) (Creation, error)) (Action, error)

	// Update moves one action. The action's row is locked until commit.
	Update(ctx context.Context, key ActionKey, step func(Action, Seller) (Change, error)) (Action, error)

	// Judge is Update for a step that decides: with the signals as of now, read
	// in this transaction; look says which.
	Judge(ctx context.Context, key ActionKey, look func(Action) Look, step func(Action, Seller, Signals) (Change, error)) (Action, error)

	// Release is Update with the seller's row locked first, so that no lock can
	// slip in before the commit, and with the gate as of this transaction, the
	// standing of the action's destination included. It
	// takes any number of steps, each on what the one before left: all of them
	// are saved or none.
	Release(ctx context.Context, key ActionKey, steps ...func(Action, Seller, Gate) (Change, error)) (Action, error)

	// UpdateSeller moves a seller and, with it, the seller's stoppable actions.
	UpdateSeller(ctx context.Context, key SellerKey, step func(Seller, []Action) (SellerChange, error)) (Seller, error)

	// Refuse records a refusal, and the fingerprint it showed, by themselves.
	Refuse(ctx context.Context, e audit.Event, fingerprint string) error
}

// Creation is what creating an action writes: the seller as it will be, the
// change that cancels a superseded action, if any, and the new one.
type Creation struct {
	Seller     Seller
	Superseded *Change
	New        Change
	// Ring is what it makes of its destination: the others who wait on it are held
	// by Service.SpreadRings, after the commit.
	Ring Ring
}

// SignalReader tells what the gateway has seen, outside any transaction that
// changes something.
type SignalReader interface {
	Signals(ctx context.Context, look Look) (Signals, error)
}

// Reader answers questions without changing anything. An unknown or foreign
// key is CodeNotFound.
type Reader interface {
	Action(ctx context.Context, key ActionKey) (Action, error)
	ActionByReference(ctx context.Context, key SellerKey, reference string) (Action, error)
	Actions(ctx context.Context, q Query) ([]Action, error)
	// Timeline returns every move of an action and the newest hundred refusals.
	Timeline(ctx context.Context, key ActionKey) ([]audit.Event, error)
	Seller(ctx context.Context, key SellerKey) (Seller, error)
	// Link finds the link with this hash and purpose, spent and replaced ones too.
	Link(ctx context.Context, p Purpose, hash [32]byte) (ActionKey, Link, error)
}

// Query selects actions of one marketplace, newest first.
type Query struct {
	Marketplace MarketplaceID
	Seller      SellerID // empty: any
	State       State    // empty: any
	Kind        Kind     // empty: any
	Open        bool     // only those that are not over; rule 6 leaves one of a kind
	Before      ActionID // the cursor: only older than this one
	Limit       int      // 1 to 100
}

// Waker tells what time has made due.
type Waker interface {
	// Due returns actions whose deadline is at or before now, earliest first.
	Due(ctx context.Context, now time.Time, limit int) ([]ActionKey, error)
	// NextDue returns the earliest deadline of any action, recovery, mail, delivery or first
	// authenticator after the given time, zero if there is none. The end of a
	// lease is one: a worker that died had the row in hand.
	NextDue(ctx context.Context, after time.Time) (time.Time, error)
	// Wake enqueues jobs for mails, deliveries and the pushes that this node sends,
	// which are due and not being worked on, and returns how many. A row is woken again only after
	// WakeAgain, and a new row, whose job was made with it, not before that.
	Wake(ctx context.Context, now time.Time, limit int) (int, error)
	// Outgoing lists pending mails, deliveries and the pushes that this node sends,
	// which are due, earliest first, those being worked on included.
	Outgoing(ctx context.Context, now time.Time, limit int) ([]Outgoing, error)
}

// WakeAgain is how long a woken row is left alone before it is woken again.
const WakeAgain = 30 * time.Second

// Outgoing names one outgoing row.
type Outgoing struct {
	Kind OutgoingKind
	ID   string
	// Route is whose push it is, and empty for all else: only nodes that send it
	// are woken.
	Route PushRoute
	// Again says that the row was not made a moment ago: it is tried another
	// time, and waits behind what is new.
	Again bool
}

// UnsentPushes are the pushes of one route that nobody takes up.
type UnsentPushes struct {
	Route  PushRoute
	Pushes int
	Since  time.Time // when the one that waits longest was due
}

// UnresolvedReleases are the releases of one marketplace of which nobody knows
// whether they were carried out.
type UnresolvedReleases struct {
	Marketplace MarketplaceID
	Releases    int
	Since       time.Time // of the one that is so the longest
}

// OutgoingKind is what an outgoing row is, and the kind of the job that wakes
// a worker for it.
type OutgoingKind string

const (
	OutgoingMail     OutgoingKind = "mail"
	OutgoingDelivery OutgoingKind = "delivery"
	OutgoingPush     OutgoingKind = "push" // its ID is the action's
)

// Registry knows the marketplaces.
type Registry interface {
	Marketplace(ctx context.Context, id MarketplaceID) (Marketplace, error)
	// KeyOf finds an API key by the SHA-256 of it, and whose it is; an unknown or
	// revoked one is CodeNotFound. Whether it counts is for the caller to see.
	KeyOf(ctx context.Context, hash [32]byte) (APIKey, Marketplace, error)
	Marketplaces(ctx context.Context) ([]Marketplace, error)
	AddMarketplace(ctx context.Context, m NewMarketplace) error
}

// NewMarketplace is a marketplace with its first API key and, if it has one,
// its first webhook endpoint.
type NewMarketplace struct {
	Marketplace Marketplace
	KeyHash     [32]byte
	KeyHint     string // prefix and last four characters, for lists
	Endpoint    *Endpoint
}

// Answers keeps the answers given under Idempotency-Keys.
type Answers interface {
	// Answer returns the stored answer, or CodeNotFound.
	Answer(ctx context.Context, m MarketplaceID, key string) (Answer, error)
	// SaveAnswer stores the answer to a refused call by itself.
	SaveAnswer(ctx context.Context, a Answer) error
}

// ErrDuplicateAnswer says that the Idempotency-Key was used by another call,
// which committed first; its answer can be read now.
var ErrDuplicateAnswer = errors.New("idempotency key used before")

// Cases answers which case a seller's trouble is worked on in.
type Cases interface {
	// OpenCase returns the seller's newest open case, or CodeNotFound.
	OpenCase(ctx context.Context, key SellerKey) (Case, error)
}

// Governor keeps what concerns the whole gateway: the halt and the clock.
type Governor interface {
	Gate(ctx context.Context) (Gate, error)
	// Halt stops all releases on all nodes; the first reason stays.
	Halt(ctx context.Context, h Halt) error
	// Resume lifts a halt.
	Resume(ctx context.Context, by audit.Actor, reason string, now time.Time) error
	// MarkClock raises the clock's high-water mark to now; it never lowers it.
	MarkClock(ctx context.Context, now time.Time) error
	// ClockOffset returns how far a test-mode gateway's clock is ahead.
	ClockOffset(ctx context.Context) (time.Duration, error)
	// AdvanceClock sets the offset and the mark of a test-mode gateway together.
	AdvanceClock(ctx context.Context, offset time.Duration, now time.Time) error
}

// Halt says who stopped all releases and why.
type Halt struct {
	By     audit.Actor
	Reason string
	At     time.Time
}
