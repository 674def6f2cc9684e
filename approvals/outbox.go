package approvals

import (
	"context"
	"errors"
	"time"
)

// ErrNotDue says that an outgoing row needs no work now: done, dropped, being
// worked on, or not due yet. A job that finds it has nothing to do.
var ErrNotDue = errors.New("not due")

// Outbox holds the mails and deliveries that leave the building. A row is
// leased before it is worked on, so that two workers woken for it do not both
// send it, and a worker that dies gives it back when the lease ends.
type Outbox interface {
	// TakeMail leases a mail until the given time, or returns ErrNotDue.
	TakeMail(ctx context.Context, id string, now, until time.Time) (OutMail, error)
	// SettleMail records what became of a mail no move waits for.
	SettleMail(ctx context.Context, s MailSettled) error
	// TakeDelivery leases a webhook delivery, or returns ErrNotDue.
	TakeDelivery(ctx context.Context, id string, now, until time.Time) (Delivery, error)
	// SettleDelivery records one attempt.
	SettleDelivery(ctx context.Context, s DeliverySettled) error
	// MailedAt returns when a mail server last accepted a mail about the
	// action, zero if none has.
	MailedAt(ctx context.Context, key ActionKey) (time.Time, error)
}

// OutMail is a mail to send: what it says comes from the action as it is.
type OutMail struct {
	ID           string // UUIDv7; the Message-ID is made from it
	Mail         Mail
	Marketplace  Marketplace
	Seller       Seller
	Action       *Action         // nil for a mail about the seller alone
	Notice       *SecurityNotice // that it tells, else nil
	Attempts     int             // before this one
	StopToken    string          // filled by Service
	VerifyToken  string          // filled by Service, empty unless the mail asks a new address whose it is
	ConfirmToken string          // filled by Service, empty unless the mail carries the link
}

// MailState is where an outgoing mail stands.
type MailState string

const (
	MailPending  MailState = "pending"
	MailAccepted MailState = "accepted" // by a mail server
	MailRefused  MailState = "refused"  // for good
	MailDropped  MailState = "dropped"  // overtaken by events before it was sent
)

// MailSettled is the outcome of one attempt to send a mail.
type MailSettled struct {
	ID     string
	State  MailState
	At     time.Time
	NextAt time.Time // of the next attempt while pending
	Answer string    // the mail server's line
}

// Verdict is a mail server's answer, boiled down.
type Verdict string

const (
	VerdictAccepted Verdict = "accepted"
	VerdictLater    Verdict = "later"   // 4xx, or no answer
	VerdictRefused  Verdict = "refused" // 5xx
)

// Mailer sends one mail and reports what the server said. An error means that
// the mail could not even be made.
type Mailer interface {
	Send(ctx context.Context, m OutMail) (Verdict, string, error)
}

// Endpoint is where a marketplace wants its webhooks.
type Endpoint struct {
	ID          string
	Marketplace MarketplaceID
	URL         string
	Secrets     [][]byte // one or two live ones, newest first
	Events      []string // empty: all
}

// Delivery is one webhook to one endpoint. It is thin: no account, no name.
type Delivery struct {
	ID       string // UUIDv7, the webhook-id, the same for each attempt
	Endpoint Endpoint
	Type     string // "action.approved"
	Action   ActionID
	Seller   SellerID
	State    State
	Digest   string
	Sequence int // the action's version
	At       time.Time
	Attempts int // before this one
}

// DeliveryState is where a delivery stands.
type DeliveryState string

const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // all attempts used; can be sent again
)

// DeliverySettled is the outcome of one attempt.
type DeliverySettled struct {
	ID      string
	State   DeliveryState
	At      time.Time
	NextAt  time.Time
	Status  int    // HTTP status, 0 when there was no answer
	Answer  string // at most 256 bytes, redacted
	Disable bool   // the endpoint answered 410 Gone
}

// Posted is a receiver's answer to one attempt.
type Posted struct {
	Status     int
	RetryAfter time.Duration // clamped, 0 if absent
	Answer     string
}

// Courier posts one delivery. now is the attempt's timestamp.
type Courier interface {
	Post(ctx context.Context, d Delivery, now time.Time) (Posted, error)
}
