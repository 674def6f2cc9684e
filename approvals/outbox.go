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
	// TakeDelivery asks decide what is to be done about a delivery that is
	// pending, due at now and in nobody's hands, and saves that. decide may be
	// asked more than once; the last answer counts. It sees no key of the
	// endpoint. A delivery that is not leased is ErrNotDue.
	TakeDelivery(ctx context.Context, id string, now time.Time, decide func(Delivery) Taken) (Delivery, error)
	// SettleDelivery records one attempt, and what it says of the endpoint. Of a
	// delivery that is settled already only the attempt is recorded.
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
	// ApproverToken is filled by Service, empty unless the mail invites or asks
	// another person than the seller.
	ApproverToken string
	// RecoverToken is filled by Service, empty unless the mail carries the link of
	// an open recovery.
	RecoverToken string
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
