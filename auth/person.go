package auth

import (
	"context"
	"slices"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// PersonID names a person. It is no secret.
type PersonID string

// Role says which pages a person works with.
type Role string

const (
	// Developer works with the pages for developers of one marketplace.
	Developer Role = "developer"
	// The roles of the desk, which is the gateway's and of no one marketplace.
	Agent   Role = "agent"   // works on cases
	Lead    Role = "lead"    // an agent who decides what two agents may not
	Auditor Role = "auditor" // reads, and decides nothing
	Admin   Role = "admin"   // decides on the policy
)

// DeskRoles are those who sign in at the desk.
func DeskRoles() []Role { return []Role{Agent, Lead, Auditor, Admin} }

// Known reports whether there are pages for this role.
func (r Role) Known() bool { return r == Developer || r.Desk() }

// Desk reports whether the role is one of the desk.
func (r Role) Desk() bool { return slices.Contains(DeskRoles(), r) }

// Person works with the gateway and is no seller. They sign in with a passkey,
// or with the account that they linked with one (SignOns); a passkey alone signs.
type Person struct {
	ID          PersonID
	Marketplace approvals.MarketplaceID // the only one whose data they reach; empty at the desk
	Role        Role
	Name        string
	CreatedAt   time.Time
	InviteUntil time.Time
	JoinedAt    time.Time // zero: invited, with no passkey yet
	RemovedAt   time.Time // zero: not removed
}

// Active reports whether they may sign in, and be signed in.
func (p Person) Active() bool { return !p.JoinedAt.IsZero() && p.RemovedAt.IsZero() }

// Actor is the person in the audit log.
func (p Person) Actor() audit.Actor {
	if p.Role.Desk() {
		return audit.Actor{Type: audit.Agent, ID: string(p.ID)}
	}
	return audit.Actor{Type: audit.Developer, ID: string(p.ID)}
}

// Member is a person with what proves that it is them.
type Member struct {
	Person
	Handle   []byte   // the WebAuthn user.id: random, 64 bytes
	Passkeys []Record // oldest first; their Seller and Method say nothing
}

// Limits of people (UX §3.3).
const (
	InviteLife = 24 * time.Hour
	PersonIdle = 15 * time.Minute
	PersonLife = 8 * time.Hour
)

// PersonPurpose is what a ceremony of a person is for.
type PersonPurpose string

const (
	PurposeJoin   PersonPurpose = "join"    // to spend an invitation
	PurposeSignIn PersonPurpose = "sign_in" // to begin a session
	PurposeDecide PersonPurpose = "decide"  // to sign one thing in a session
)

// PersonChallenge is a ceremony that waits for its answer.
type PersonChallenge struct {
	Hash    [32]byte // SHA-256 of the challenge's bytes
	Person  PersonID // empty for PurposeSignIn
	Purpose PersonPurpose
	// Subject is what the answer is about: the hash of the invitation's token, of
	// what the browser was given, or of what is decided.
	Subject   [32]byte
	Session   []byte // JSON of go-webauthn's SessionData, unchanged
	CreatedAt time.Time
	ExpiresAt time.Time
}

// PeopleStore keeps people. Each method is one transaction, durable when it
// returns without an error. A database that cannot be asked is
// approvals.CodeUnavailable.
type PeopleStore interface {
	Members
	PersonProofs
	SignOns

	// RecordPerson saves an event about a person that changes nothing else.
	RecordPerson(ctx context.Context, e audit.Event) error
}

// Members keeps who there is.
type Members interface {
	// AddPerson adds a person who is invited, with the event. CodeForbidden when
	// the admin who invites is none any more.
	AddPerson(ctx context.Context, n NewPerson, e audit.Event) error

	// Person returns one. Unknown is CodeNotFound; removed is not.
	Person(ctx context.Context, id PersonID) (Person, error)

	// People returns a marketplace's people of a role, removed ones too, oldest
	// first; those of the desk belong to no marketplace.
	People(ctx context.Context, m approvals.MarketplaceID, role Role) ([]Person, error)

	// Invited returns who was invited with the link of this hash, whatever
	// became of them. CodeNotFound when there is no such link.
	Invited(ctx context.Context, hash [32]byte) (Member, error)

	// Join spends the invitation of this hash with the passkey, and saves the
	// event. Of any number of calls at once one does; the others, and one after
	// the link's time or the person's removal, are CodeLinkSpent. A credential id
	// that anybody of these has is CodeAlreadyEnrolled.
	Join(ctx context.Context, hash [32]byte, r Record, e audit.Event) error

	// RemovePerson removes a person for good, ends their sessions in the same
	// transaction and saves the event. CodeNotFound when they are not there or
	// were removed before. Where an admin removes them: CodeForbidden when that one
	// is no admin any more, CodeLastAdmin when no other would be left.
	RemovePerson(ctx context.Context, r Removal) error
}

// PersonProofs keeps what proves who somebody is.
type PersonProofs interface {
	// Member returns a person with their passkeys. CodeNotFound when unknown.
	Member(ctx context.Context, id PersonID) (Member, error)

	// MemberByHandle finds the person of a user.id. CodeNotFound when unknown.
	MemberByHandle(ctx context.Context, handle []byte) (Member, error)

	// PutPersonChallenge saves a challenge. There is room for 32,768 sign-ins and
	// for as many others; a new one may take the place of another of its half, whose
	// answer is late then.
	PutPersonChallenge(ctx context.Context, c PersonChallenge) error

	// TakePersonChallenge deletes the challenge with this hash and returns it, in
	// one statement: of any number of calls one gets it, the others CodeNotFound.
	// It may have expired.
	TakePersonChallenge(ctx context.Context, hash [32]byte) (PersonChallenge, error)

	// UsePersonPasskey records a good answer with its event. It is false, and
	// saves nothing, when the counter must rise and does not, or the passkey is
	// switched off.
	UsePersonPasskey(ctx context.Context, u PasskeyUse) (bool, error)

	// SweepPeople deletes challenges, and answers of sign-ons that were taken, that had expired by now, and returns how many.
	SweepPeople(ctx context.Context, now time.Time) (int, error)
}

// NewPerson is a person with their invitation.
type NewPerson struct {
	Person
	Handle     []byte
	InviteHash [32]byte
	Admin      PersonID // who invites; empty: the operator
}

// Removal is who is removed, and by which admin; by none, by the operator.
type Removal struct {
	ID, Admin PersonID
	At        time.Time
	Event     audit.Event
}

// PasskeyUse is a good answer of a person's passkey.
type PasskeyUse struct {
	ID        string
	SignCount uint32
	Rising    bool // the counter must be above the stored one
	BackedUp  bool
	At        time.Time
	Event     audit.Event
}
