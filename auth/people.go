package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// People invites people, lets them join with a passkey, and finds out who signs
// in. It is safe for concurrent use; all state is in the store.
type People struct {
	store  PeopleStore
	sealer approvals.Sealer
	rp     *relyingParty
	signOn string
	newID  func() string
	now    func() time.Time
}

// PeopleConfig is what People needs. Everything but SignOn is required; RPID, RPName
// and Origins are as in Config.
type PeopleConfig struct {
	Store   PeopleStore
	Sealer  approvals.Sealer
	RPID    string
	RPName  string
	Origins []string
	// SignOn is the issuer of the sign-on that people of the desk can link an
	// account of; whoever did signs in with that. Empty: there is none.
	SignOn string
	NewID  func() string
	Now    func() time.Time
}

// NewPeople checks the configuration.
func NewPeople(c PeopleConfig) (*People, error) {
	if c.Store == nil || c.Sealer == nil || c.NewID == nil || c.Now == nil {
		return nil, errors.New("people need a store, a sealer, ids and a clock")
	}
	rp, err := newRelyingParty(c.RPID, c.RPName, c.Origins)
	if err != nil {
		return nil, err
	}
	return &People{store: c.Store, sealer: c.Sealer, rp: rp, signOn: c.SignOn, newID: c.NewID, now: c.Now}, nil
}

// Invitation is who is to be invited.
type Invitation struct {
	Marketplace approvals.MarketplaceID // of a developer; those of the desk have none
	Role        Role
	Name        string
	By          audit.Actor
}

// Invite adds a person and returns the token of their link, which is kept
// nowhere: 256 random bits, good for InviteLife, spent by the passkey they make.
func (p *People) Invite(ctx context.Context, i Invitation) (Person, string, error) {
	return p.invite(ctx, i, "")
}

// invite invites for an admin, or for the operator where there is none.
func (p *People) invite(ctx context.Context, i Invitation, admin PersonID) (Person, string, error) {
	name := label(i.Name)
	if name == "" || !i.Role.Known() || i.Role.Desk() != (i.Marketplace == "") {
		return Person{}, "", approvals.Invalid(approvals.FieldError{Field: "name", Message: "a person needs a name and a role, and a developer a marketplace"})
	}
	now := p.now()
	person := Person{
		ID: PersonID(p.newID()), Marketplace: i.Marketplace, Role: i.Role, Name: name, CreatedAt: now, InviteUntil: now.Add(InviteLife),
	}
	token := base64.RawURLEncoding.EncodeToString(random(32))
	n := NewPerson{Person: person, Handle: random(handleSize), InviteHash: sha256.Sum256([]byte(token)), Admin: admin}
	if err := p.store.AddPerson(ctx, n, p.event(person, i.By, "person_invited", "name", name)); err != nil {
		return Person{}, "", fmt.Errorf("invite: %w", err)
	}
	return person, token, nil
}

// List returns a marketplace's people of a role, removed ones too, oldest first.
// Those of the desk belong to no marketplace.
func (p *People) List(ctx context.Context, m approvals.MarketplaceID, role Role) ([]Person, error) {
	return p.store.People(ctx, m, role)
}

// Person returns one, or CodeNotFound.
func (p *People) Person(ctx context.Context, id PersonID) (Person, error) {
	return p.store.Person(ctx, id)
}

// Remove removes a person, for the operator. Their sessions are over when it returns.
func (p *People) Remove(ctx context.Context, id PersonID, by audit.Actor) error {
	person, err := p.store.Person(ctx, id)
	if err != nil {
		return err
	}
	return p.remove(ctx, person, by, "")
}

func (p *People) remove(ctx context.Context, gone Person, by audit.Actor, admin PersonID) error {
	return p.store.RemovePerson(ctx, Removal{ID: gone.ID, Admin: admin, At: p.now(), Event: p.event(gone, by, "person_removed", "name", gone.Name)})
}

// Sweep deletes challenges that nobody can answer any more.
func (p *People) Sweep(ctx context.Context) (int, error) { return p.store.SweepPeople(ctx, p.now()) }

func (p *People) event(of Person, by audit.Actor, verb string, more ...string) audit.Event {
	e := audit.Event{
		ID: p.newID(), Marketplace: string(of.Marketplace), Verb: verb, Actor: by, At: p.now(),
		Data: map[string]string{"person": string(of.ID), "role": string(of.Role)},
	}
	for i := 0; i+1 < len(more); i += 2 {
		e.Data[more[i]] = more[i+1]
	}
	return e
}

// seal seals a person's passkey for its row.
func (p *People) seal(person PersonID, r Record, secret []byte) ([]byte, error) {
	sealed, err := p.sealer.Seal(secret, PersonSealedFor(person, r.ID))
	if err != nil {
		return nil, fmt.Errorf("seal passkey %s: %w", r.ID, err)
	}
	return sealed, nil
}

// PersonSealedFor is what the passkey of a person is sealed for: the row's
// identity, with the length of each part in front.
func PersonSealedFor(person PersonID, id string) []byte {
	b := []byte("countersign/person-passkey/v1")
	for _, part := range []string{string(person), id} {
		b = append(b, byte(len(part)>>8), byte(len(part)))
		b = append(b, part...)
	}
	return b
}

// user is a member as go-webauthn sees one, with the passkeys that count.
func (p *People) user(m Member) (user, error) {
	u := user{handle: m.Handle, name: m.Name}
	for _, r := range m.Passkeys {
		if !r.DisabledAt.IsZero() {
			continue
		}
		secret, err := p.sealer.Open(r.Sealed, PersonSealedFor(m.ID, r.ID))
		if err != nil {
			return user{}, fmt.Errorf("open passkey %s: %w", r.ID, err)
		}
		c, handle, err := readCredential(r, secret)
		if err != nil {
			return user{}, err
		}
		if string(handle) != string(m.Handle) {
			return user{}, fmt.Errorf("passkey %s was sealed for another user handle", r.ID)
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}
