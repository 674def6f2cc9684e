package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Account is an account at a company's sign-on (OpenID Connect Core §2: iss, sub).
// It says who somebody is and proves nothing besides: every decision is still
// signed with a passkey.
type Account struct{ Issuer, Subject string }

// SignOns keeps which accounts the people of the desk are known by.
type SignOns interface {
	// AccountOf returns the account a person is linked to. CodeNotFound: to none.
	AccountOf(ctx context.Context, id PersonID) (Account, error)

	// PersonOf returns who is linked to an account. CodeNotFound: nobody.
	PersonOf(ctx context.Context, a Account) (Person, error)

	// Link links an active person of the desk to an account and saves the event.
	// CodeAlreadyEnrolled when either is linked already.
	Link(ctx context.Context, l Linking) error

	// Unlink takes a person's link away and saves the event. CodeNotFound: there is
	// none. RemovePerson does it too.
	Unlink(ctx context.Context, id PersonID, e audit.Event) error

	// TakeAnswer takes a sign-on's answer, once until it ends: of any number of
	// calls one is true.
	TakeAnswer(ctx context.Context, hash [32]byte, until time.Time) (bool, error)
}

// Linking is a person and the account that becomes theirs.
type Linking struct {
	Person PersonID
	Account
	At    time.Time
	Event audit.Event
}

// SignedOn is an account that somebody has just proved to have, and the hash of the
// nonce it was proved for: it is good once.
type SignedOn struct {
	Account
	Nonce [32]byte
}

// signOnKept is how long a nonce is remembered: longer than whoever proves an
// account takes an answer for, which is an hour.
const signOnKept = 2 * time.Hour

// TakeSignOn spends what was proved. CodeSignOnRefused when it was spent before.
func (p *People) TakeSignOn(ctx context.Context, s SignedOn) error {
	first, err := p.store.TakeAnswer(ctx, s.Nonce, p.now().Add(signOnKept))
	if err == nil && !first {
		err = approvals.Refuse(approvals.CodeSignOnRefused)
	}
	return err
}

// SignOn says who of the desk is linked to an account that was proved just now, and
// records that they signed in. CodeSignOnUnknown: nobody who is there is.
func (p *People) SignOn(ctx context.Context, a Account) (Person, error) {
	who, err := p.store.PersonOf(ctx, a)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) || err == nil && (!who.Active() || !who.Role.Desk()) {
		return Person{}, approvals.Refuse(approvals.CodeSignOnUnknown)
	}
	if err != nil {
		return Person{}, err
	}
	if err := p.store.RecordPerson(ctx, p.event(who, who.Actor(), "person_signed_in", "by", "sign_on", "issuer", a.Issuer)); err != nil {
		return Person{}, fmt.Errorf("record a sign-in: %w", err)
	}
	return who, nil
}

// elsewhere refuses who linked an account: whoever leaves the company is out with it,
// and a passkey alone is not a second way in.
func (p *People) elsewhere(ctx context.Context, who Person) error {
	linked, err := p.Linked(ctx, who.ID)
	if err != nil || !linked {
		return err
	}
	e := p.event(who, who.Actor(), "person_proof_refused", "for", "person_signed_in", "reason", "sign_on")
	if err := p.store.RecordPerson(ctx, e); err != nil {
		return fmt.Errorf("record a refused proof: %w", err)
	}
	return approvals.Refuse(approvals.CodeSignOnRequired)
}

// Linked reports whether a person is known by an account of the sign-on there is.
func (p *People) Linked(ctx context.Context, id PersonID) (bool, error) {
	if p.signOn == "" {
		return false, nil
	}
	a, err := p.store.AccountOf(ctx, id)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return false, nil
	}
	return err == nil && a.Issuer == p.signOn, err
}

// linkSubject is what a person signs to be known by an account.
func linkSubject(id PersonID, a Account) [32]byte {
	return sha256.Sum256([]byte(strings.Join([]string{"countersign/sign-on-link/v1", string(id), a.Issuer, a.Subject}, "\n")))
}

// BeginLink returns the options of the proof that links an account, as
// BeginDecision does.
func (p *People) BeginLink(ctx context.Context, id PersonID, a Account) ([]byte, error) {
	return p.BeginDecision(ctx, id, linkSubject(id, a))
}

// Link links a person to an account they have proved to have: from then on they
// sign in with it and not with their passkey alone. CodeProofWrong, and
// CodeAlreadyEnrolled when either is linked already.
func (p *People) Link(ctx context.Context, id PersonID, a Account, credential []byte) error {
	if a.Issuer != p.signOn {
		return approvals.Refuse(approvals.CodeSignOnRefused)
	}
	if _, err := p.Sign(ctx, id, linkSubject(id, a), credential); err != nil {
		return err
	}
	who, err := p.store.Person(ctx, id)
	if err != nil {
		return err
	}
	return p.store.Link(ctx, Linking{
		Person: id, Account: a, At: p.now(), Event: p.event(who, who.Actor(), "person_linked", "issuer", a.Issuer),
	})
}

// Unlink takes a person's account away, for the operator: they sign in with their
// passkey again.
func (p *People) Unlink(ctx context.Context, id PersonID, by audit.Actor) error {
	who, err := p.store.Person(ctx, id)
	if err != nil {
		return err
	}
	return p.store.Unlink(ctx, id, p.event(who, by, "person_unlinked"))
}
