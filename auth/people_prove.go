package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"countersign/approvals"
)

// BeginSignIn returns the options of a sign-in, as JSON for
// PublicKeyCredential.parseRequestOptionsFromJSON, for the browser that was
// given what hashes to door. They name nobody: the passkey says whose it is.
func (p *People) BeginSignIn(ctx context.Context, door [32]byte) ([]byte, error) {
	begun, err := p.rp.beginFinding(random(nonceSize))
	if err != nil {
		return nil, err
	}
	return begun.options, p.putChallenge(ctx, PersonChallenge{Purpose: PurposeSignIn, Subject: door}, begun)
}

// SignIn verifies the answer to BeginSignIn, from the same browser, and says who
// it is. Whatever is wrong with it, and with a person who was removed, the
// answer is CodeProofWrong; whoever linked an account gets CodeSignOnRequired.
func (p *People) SignIn(ctx context.Context, door [32]byte, credential []byte) (Person, error) {
	answer, err := parseAssertion(credential)
	if err != nil {
		return Person{}, approvals.Refuse(approvals.CodeProofWrong)
	}
	challenge, err := p.takeChallenge(ctx, PersonChallenge{Purpose: PurposeSignIn, Subject: door}, answer.client)
	if err != nil {
		return Person{}, err
	}
	m, err := p.store.MemberByHandle(ctx, answer.Response.UserHandle)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return Person{}, approvals.Refuse(approvals.CodeProofWrong)
	}
	if err != nil {
		return Person{}, fmt.Errorf("find who signs in: %w", err)
	}
	u, err := p.user(m)
	if err != nil {
		return Person{}, err
	}
	v, why := p.rp.assertFound(u, challenge.Session, answer)
	if why == "" {
		if err := p.elsewhere(ctx, m.Person); err != nil {
			return Person{}, err
		}
	}
	return m.Person, p.settle(ctx, m, personAnswer{answer, v, why}, "person_signed_in")
}

// BeginDecision returns the options of a proof by one person about one thing,
// whose SHA-256 is subject: it is part of the challenge that is signed.
func (p *People) BeginDecision(ctx context.Context, id PersonID, subject [32]byte) ([]byte, error) {
	m, err := p.store.Member(ctx, id)
	if err != nil {
		return nil, err
	}
	u, err := p.user(m)
	if err != nil {
		return nil, err
	}
	if !m.Active() || len(u.credentials) == 0 {
		return nil, approvals.Refuse(approvals.CodeNoAuthenticator)
	}
	begun, err := p.rp.beginAssertion(u, append(random(nonceSize), subject[:]...))
	if err != nil {
		return nil, err
	}
	return begun.options, p.putChallenge(ctx, PersonChallenge{Person: id, Purpose: PurposeDecide, Subject: subject}, begun)
}

// Decide verifies the answer to BeginDecision of the same person about the same
// thing. It counts once. Anything else is CodeProofWrong.
func (p *People) Decide(ctx context.Context, id PersonID, subject [32]byte, credential []byte) error {
	_, err := p.Sign(ctx, id, subject, credential)
	return err
}

// Sign is Decide with the signature, for a decision that is stored with who made
// it.
func (p *People) Sign(ctx context.Context, id PersonID, subject [32]byte, credential []byte) (approvals.Signature, error) {
	none := approvals.Signature{}
	m, err := p.store.Member(ctx, id)
	if err != nil {
		return none, err
	}
	answer, err := parseAssertion(credential)
	if err != nil {
		return none, p.refuse(ctx, m.Person, "person_proved", malformed)
	}
	challenge, err := p.takeChallenge(ctx, PersonChallenge{Person: id, Purpose: PurposeDecide, Subject: subject}, answer.client)
	if errors.Is(err, approvals.Refuse(approvals.CodeProofWrong)) {
		return none, p.refuse(ctx, m.Person, "person_proved", noChallenge)
	}
	if err != nil {
		return none, err
	}
	u, err := p.user(m)
	if err != nil {
		return none, err
	}
	v, why := p.rp.assert(u, challenge.Session, answer)
	if err := p.settle(ctx, m, personAnswer{answer, v, why}, "person_proved"); err != nil {
		return none, err
	}
	return approvals.Signature{
		Person: string(id), Role: string(m.Role), JoinedAt: m.JoinedAt, Subject: subject, Passkey: withCredential(m.Passkeys, answer.RawID)[0].ID, At: p.now(),
	}, nil
}

// SignedOut records that a person ended their session.
func (p *People) SignedOut(ctx context.Context, who Person) error {
	if err := p.store.RecordPerson(ctx, p.event(who, who.Actor(), "person_signed_out")); err != nil {
		return fmt.Errorf("record a sign-out: %w", err)
	}
	return nil
}

// personAnswer is an answer that was looked at.
type personAnswer struct {
	assertion
	verified
	why reason
}

// settle believes an answer, or refuses it.
func (p *People) settle(ctx context.Context, m Member, a personAnswer, verb string) error {
	named := withCredential(m.Passkeys, a.RawID)
	switch {
	case a.why != "":
		return p.refuse(ctx, m.Person, verb, a.why)
	case !m.Active(), len(named) == 0, !bytes.Equal(named[0].CredentialID, a.credential.ID):
		return p.refuse(ctx, m.Person, verb, foreign)
	}
	used, err := p.store.UsePersonPasskey(ctx, PasskeyUse{
		ID: named[0].ID, SignCount: max(a.credential.Authenticator.SignCount, named[0].SignCount), Rising: a.rising,
		BackedUp: a.credential.Flags.BackupState, At: p.now(), Event: p.event(m.Person, m.Actor(), verb, "passkey", named[0].ID),
	})
	if err != nil {
		return fmt.Errorf("record a proof: %w", err)
	}
	if !used {
		return p.refuse(ctx, m.Person, verb, regressed)
	}
	return nil
}

// refuse records that a proof of a known person was refused, and for what it was
// given. Only the audit log learns why.
func (p *People) refuse(ctx context.Context, who Person, verb string, why reason) error {
	e := p.event(who, who.Actor(), "person_proof_refused", "for", verb, "reason", string(why))
	if err := p.store.RecordPerson(ctx, e); err != nil {
		return fmt.Errorf("record a refused proof: %w", err)
	}
	return approvals.Refuse(approvals.CodeProofWrong)
}

func (p *People) putChallenge(ctx context.Context, c PersonChallenge, begun ceremonyOptions) error {
	c.Hash, c.Session = sha256.Sum256(begun.challenge), begun.session
	c.CreatedAt = p.now()
	c.ExpiresAt = c.CreatedAt.Add(ChallengeLife)
	if err := p.store.PutPersonChallenge(ctx, c); err != nil {
		return fmt.Errorf("keep challenge: %w", err)
	}
	return nil
}

// takeChallenge consumes the challenge an answer names, whatever becomes of it.
func (p *People) takeChallenge(ctx context.Context, want PersonChallenge, answer clientData) (PersonChallenge, error) {
	c, err := p.store.TakePersonChallenge(ctx, sha256.Sum256(answer.challenge))
	switch {
	case errors.Is(err, approvals.Refuse(approvals.CodeNotFound)):
		return c, approvals.Refuse(approvals.CodeProofWrong)
	case err != nil:
		return c, fmt.Errorf("take challenge: %w", err)
	case c.Person != want.Person || c.Purpose != want.Purpose || c.Subject != want.Subject || !p.now().Before(c.ExpiresAt):
		return c, approvals.Refuse(approvals.CodeProofWrong)
	}
	return c, nil
}
