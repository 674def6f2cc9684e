package approvals

import (
	"context"
	"time"

	"countersign/approvals/audit"
)

// Limits of what a marketplace may have and ask for.
const (
	MaxEndpoints  = 16   // that are not disabled
	MaxResends    = 5000 // by one call for a range
	DefaultRoll   = 24 * time.Hour
	MaxRoll       = 7 * 24 * time.Hour
	maxURLLength  = 2048
	maxEventTypes = 64
)

// EndpointID names one endpoint within its marketplace.
type EndpointID struct {
	Marketplace MarketplaceID
	ID          string
}

// EndpointChange is everything one step does to an endpoint, saved in one
// transaction or not at all.
type EndpointChange struct {
	Endpoint Endpoint
	Event    audit.Event
	Announce *ThinEvent // to the marketplace's endpoints that get webhooks, and in its list of events
	Send     *Delivery  // to this endpoint alone
	Answer   *Answer    // kept under the call's Idempotency-Key
}

// Endpoints keeps where marketplaces want their webhooks. An unknown or foreign
// endpoint is CodeNotFound.
type Endpoints interface {
	// AddEndpoint saves a new one. CodeEndpointLimit where the marketplace has
	// MaxEndpoints already.
	AddEndpoint(ctx context.Context, c EndpointChange) error
	// ChangeEndpoint runs step on the endpoint, locked, and saves what it says.
	// step may run more than once. CodeEndpointLimit, as in AddEndpoint, where it
	// enables one.
	ChangeEndpoint(ctx context.Context, id EndpointID, step func(Endpoint) (EndpointChange, error)) error
	// Endpoint returns one, with its keys.
	Endpoint(ctx context.Context, id EndpointID) (Endpoint, error)
	// EndpointsOf returns all of a marketplace, oldest first, disabled ones too.
	EndpointsOf(ctx context.Context, m MarketplaceID) ([]Endpoint, error)
}

// DeliveryKey names one delivery within its marketplace.
type DeliveryKey struct {
	Marketplace MarketplaceID
	ID          string
}

// Sent is a delivery as its marketplace may look at it.
type Sent struct {
	ID        string
	Endpoint  string
	Event     ThinEvent
	State     DeliveryState
	NextAt    time.Time // of the next attempt, zero when there is none
	SettledAt time.Time
	Attempts  []DeliveryAttempt // oldest first
}

// DeliveryQuery selects deliveries of one marketplace, newest first.
type DeliveryQuery struct {
	Marketplace MarketplaceID
	Endpoint    string        // empty: any
	State       DeliveryState // empty: any
	Type        string        // empty: any
	Before      string        // the cursor: only older than this one
	Limit       int
}

// ResendRange asks for every delivery to an endpoint whose event happened from
// From until before To to be made again.
type ResendRange struct {
	Endpoint EndpointID
	From, To time.Time
	All      bool // also those that were delivered, not only the dead
	DryRun   bool // count only
	Now      time.Time
	Event    audit.Event
	Answer   func(count int) (*Answer, error) // may be nil
}

// FeedQuery asks for the events of one marketplace in the order in which they
// became visible, after one of them.
type FeedQuery struct {
	Marketplace MarketplaceID
	After       string // the id of the last one seen; empty: from the first
	Limit       int
}

// Deliveries answers what became of webhooks, and sends them again. An unknown
// or foreign delivery or event is CodeNotFound.
type Deliveries interface {
	Deliveries(ctx context.Context, q DeliveryQuery) ([]Sent, error)
	Delivery(ctx context.Context, key DeliveryKey) (Sent, error)
	// Resend makes a delivery due at now with ten attempts ahead; what is being
	// posted at this moment stays as it is. CodeEndpointDisabled where its
	// endpoint gets no webhooks.
	Resend(ctx context.Context, key DeliveryKey, now time.Time, e audit.Event, answer func(Sent) (*Answer, error)) error
	// ResendRange returns how many deliveries it made due, or would. CodeInvalid
	// where they are more than MaxResends.
	ResendRange(ctx context.Context, r ResendRange) (int, error)
	// Events returns events in an order in which none can appear before one that
	// was returned, so that a reader who goes on after the last one misses none.
	Events(ctx context.Context, q FeedQuery) ([]ThinEvent, error)
}
