package approvals

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"time"

	"countersign/approvals/destination"
)

// ActionID is a UUIDv7. It is no secret: knowing one opens nothing.
type ActionID string

// Windows of an action's life (DESIGN §4, RELIABILITY §5).
const (
	StepUpWindow  = 24 * time.Hour
	NotifyWindow  = 24 * time.Hour
	ConfirmWindow = 72 * time.Hour
	ClaimWindow   = 7 * 24 * time.Hour
	ResultWindow  = 24 * time.Hour
	HoldWindow    = 14 * 24 * time.Hour
)

// Action is a sensitive thing a seller asks for, as stored. The fields of the
// first block never change after creation; the database refuses it too.
type Action struct {
	ID          ActionID
	Reference   string // what people quote, "BD-7K4Q-2M9X"; no secret
	Kind        Kind
	Marketplace MarketplaceID
	Seller      SellerID
	Details     json.RawMessage // RFC 8785 form
	Digest      Digest
	Fingerprint string // of the destination, recorded before any proof (DESIGN rule 8)
	Context     Context
	ReturnURL   string
	Metadata    json.RawMessage // the marketplace's own, opaque; nil if none
	CreatedAt   time.Time

	State      State
	HeldFrom   State // the state a held action came from
	Hold       HoldCode
	Cancel     CancelReason
	Generation int // from 1; raised when a freed action starts again
	LockEpoch  int // the seller's when this generation began
	Decision   Decision
	Wait       time.Duration // fixed at step-up

	StepUpBy  time.Time
	NotifyBy  time.Time
	NotBefore time.Time
	ConfirmBy time.Time
	RenewAt   time.Time // the mailed link is replaced
	ClaimBy   time.Time
	ResultBy  time.Time
	HoldBy    time.Time

	Contacts  []Notice // snapshot at creation
	Proofs    []Proof  // of every generation
	Claims    int
	ClaimedAt time.Time
	Push      Pushing // zero: the marketplace claims it

	ConfirmSerial int // of the newest confirmation link, 0 before the first
	Resends       int // of the confirmation mail
	ResentAt      time.Time

	Version int
	MovedAt time.Time // of the last version; never goes back
	EndedAt time.Time
}

// Notice is one contact of the snapshot and what became of its notice in the
// present generation.
type Notice struct {
	Email      string
	AcceptedAt time.Time // zero: not yet
	RefusedAt  time.Time // the mail server refused for good
	Role       ContactRole
	VerifyHash [sha256.Size]byte // of the token mailed to a new address
	VerifiedAt time.Time         // whoever reads the new address said that it is theirs
}

// ContactRole is what an address is to an action.
type ContactRole string

const (
	ContactCurrent ContactRole = "current" // counts: is told, and gets the confirmation link
	ContactRetired ContactRole = "retired" // was replaced lately: is told and can stop, and nothing waits for it
	ContactNew     ContactRole = "new"     // the new one of a contact.change: is told, and must be verified
)

// Context is what the marketplace tells about the request. It is an input to
// the policy and shown to the seller, never proof of anything.
type Context struct {
	IP               string    `json:"ip,omitempty"`
	UserAgent        string    `json:"user_agent,omitempty"`
	SessionStartedAt time.Time `json:"session_started_at,omitzero"`
	AcceptLanguage   string    `json:"accept_language,omitempty"` // of the seller's browser
	LoginMethod      string    `json:"login_method,omitempty"`
	Country          string    `json:"country,omitempty"` // ISO 3166-1 alpha-2, of the address as the marketplace sees it
	// What only the marketplace knows, each of it optional. None of it makes anything
	// easier than saying nothing.
	PasswordChangedAt time.Time `json:"password_changed_at,omitzero"`
	PayoutTimes       int       `json:"payout_times,omitempty"`  // the next payout, in usual ones
	BalanceTimes      int       `json:"balance_times,omitempty"` // what waits to be paid out, in usual payouts
}

// ReleaseID is the same for every claim of an action, so that a marketplace
// that remembers it puts an action in place once.
func (a Action) ReleaseID() string { return "rel_" + string(a.ID) }

// DueAt returns when time next moves the action, zero if it never does.
func (a Action) DueAt() time.Time {
	switch a.State {
	case AwaitingStepUp:
		return a.StepUpBy
	case Notifying:
		return a.NotifyBy
	case CoolingOff:
		return a.NotBefore
	case AwaitingConfirmation:
		if a.RenewAt.Before(a.ConfirmBy) && !a.RenewAt.IsZero() {
			return a.RenewAt
		}
		return a.ConfirmBy
	case Approved:
		return a.ClaimBy
	case Releasing:
		return a.ResultBy
	case Held:
		return a.HoldBy
	case Executed, ExecutionFailed, Unresolved, Cancelled, Denied, Expired, Failed:
	}
	return time.Time{}
}

// Proof returns the proof of this stage in the present generation.
func (a Action) Proof(s Stage) (Proof, bool) {
	for _, p := range a.Proofs {
		if p.Stage == s && p.Generation == a.Generation {
			return p, true
		}
	}
	return Proof{}, false
}

// Change returns the parsed details of a payout_account.change or .switch.
func (a Action) Change() (PayoutChange, error) { return parsePayoutChange(a.Details) }

// Destination is the account that this action would have money sent to, nil
// where its kind is about none.
func (a Action) Destination() (*destination.Destination, error) {
	return destinationIn(a.Kind, a.Decision.Definition, a.Details)
}

// EffectiveDestination is where the seller is to be paid now: the old account
// until the new one is in place (DESIGN rule 9). It is derived, never stored;
// nil when no account was there before, and where the kind is about none.
func (a Action) EffectiveDestination() (*destination.Destination, error) {
	if !a.Kind.SetsAccount() {
		return nil, nil
	}
	c, err := a.Change()
	if err != nil {
		return nil, err
	}
	if a.State == Executed {
		return &c.To, nil
	}
	return c.From, nil
}

// newReference derives the reference from the id: the kind's letters and 40
// bits in an alphabet without look-alikes.
func newReference(k Kind, id ActionID) string {
	sum := sha256.Sum256([]byte("countersign/reference/v1\n" + string(id)))
	s := base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding).EncodeToString(sum[:5])
	return k.prefix() + "-" + s[:4] + "-" + s[4:]
}
