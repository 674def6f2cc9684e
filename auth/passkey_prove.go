package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// BeginPasskey returns the options of an assertion about sub, as JSON for
// PublicKeyCredential.parseRequestOptionsFromJSON. They may be answered once,
// within ChallengeLife, and only for this very subject. CodeNoAuthenticator
// when no passkey may make this proof (Permitted), CodeProvingBlocked during a
// block.
func (s *Service) BeginPasskey(ctx context.Context, sub Subject) ([]byte, error) {
	records, err := s.records(ctx, sub.Seller)
	if err != nil {
		return nil, err
	}
	passkeys := s.permitted(records, sub.Stage).of(approvals.Passkey)
	if len(passkeys) == 0 {
		return nil, approvals.Refuse(approvals.CodeNoAuthenticator)
	}
	if err := s.notBlocked(ctx, sub.Seller); err != nil {
		return nil, err
	}
	u, err := s.credentials(passkeys)
	if err != nil {
		return nil, err
	}
	begun, err := s.rp.beginAssertion(u, append(random(nonceSize), sub.Digest[:]...))
	if err != nil {
		return nil, err
	}
	return begun.options, s.putChallenge(ctx, sub, begun)
}

func (s *Service) putChallenge(ctx context.Context, sub Subject, begun ceremonyOptions) error {
	now := s.now()
	err := s.store.PutChallenge(ctx, Challenge{
		Hash:      sha256.Sum256(begun.challenge),
		Subject:   sub,
		Session:   begun.session,
		CreatedAt: now,
		ExpiresAt: now.Add(ChallengeLife),
	})
	if err != nil {
		return fmt.Errorf("keep challenge: %w", err)
	}
	return nil
}

// takeChallenge consumes the challenge an answer names, whatever becomes of
// the answer (RELIABILITY I15).
func (s *Service) takeChallenge(ctx context.Context, sub Subject, answer clientData, now time.Time) (Challenge, reason, error) {
	c, err := s.store.TakeChallenge(ctx, sha256.Sum256(answer.challenge))
	switch {
	case errors.Is(err, approvals.Refuse(approvals.CodeNotFound)):
		return Challenge{}, noChallenge, nil
	case err != nil:
		return Challenge{}, "", fmt.Errorf("take challenge: %w", err)
	case c.Subject != sub:
		return Challenge{}, elsewhere, nil
	case !now.Before(c.ExpiresAt):
		return Challenge{}, expired, nil
	}
	return c, "", nil
}

// ProvePasskey verifies the answer to BeginPasskey, the JSON of
// credential.toJSON(), and makes the proof. A refusal is CodeProofWrong with
// tries_left, CodeTooManyTries or CodeProvingBlocked with retry_at, or
// CodeNoAuthenticator.
func (s *Service) ProvePasskey(ctx context.Context, sub Subject, credential []byte) (approvals.Proof, error) {
	records, err := s.records(ctx, sub.Seller)
	if err != nil {
		return approvals.Proof{}, err
	}
	if err := s.disableSpent(ctx, sub, records); err != nil {
		return approvals.Proof{}, err
	}
	passkeys := s.permitted(records, sub.Stage).of(approvals.Passkey)
	if len(passkeys) == 0 {
		return approvals.Proof{}, approvals.Refuse(approvals.CodeNoAuthenticator)
	}
	answer, parseErr := parseAssertion(credential)
	var named []Record // the passkey the try counts against, if the seller has it
	if parseErr == nil {
		named = withCredential(passkeys, answer.RawID)
	}
	try, err := s.count(ctx, sub, named)
	if err != nil {
		return approvals.Proof{}, err
	}
	return s.answerPasskey(ctx, sub, passkeyTry{try, passkeys, named, answer, parseErr != nil})
}

type passkeyTry struct {
	Tries
	passkeys  []Record
	named     []Record
	answer    assertion
	malformed bool
}

func withCredential(records []Record, id []byte) []Record {
	for _, r := range records {
		if bytes.Equal(r.CredentialID, id) {
			return []Record{r}
		}
	}
	return nil
}

// answerPasskey looks at a counted answer.
func (s *Service) answerPasskey(ctx context.Context, sub Subject, t passkeyTry) (approvals.Proof, error) {
	checked, err := s.checkPasskey(ctx, sub, t)
	if err != nil {
		return approvals.Proof{}, err
	}
	outcome := Settlement{Method: approvals.Passkey}
	if checked.why == "" {
		outcome.Authenticator = t.named[0].ID
		outcome.SignCount = checked.credential.Authenticator.SignCount
		outcome.Rising = checked.rising
		outcome.BackedUp = checked.credential.Flags.BackupState
		if checked.regressed {
			outcome.Accepted = s.counterBack(sub, t)
		}
		checked.why = regressed // should another answer of the same key have come first
	}
	refusal := s.settle(ctx, sub, t.Tries, outcome, checked.why)
	if refusal == nil {
		return s.passkeyProof(sub, t, checked)
	}
	if checked.suspend {
		if err := s.disable(ctx, sub, t.named[0], string(regressed)); err != nil {
			return approvals.Proof{}, err
		}
	}
	return approvals.Proof{}, s.refused(ctx, sub, t.named, refusal)
}

// counterBack is the line about a synchronised passkey whose counter went back:
// the proof counts, and its owner learns of it (DESIGN §5).
func (s *Service) counterBack(sub Subject, t passkeyTry) audit.Event {
	return s.event(sub, sellerActor(sub), "passkey_counter_back", map[string]string{
		"authenticator": t.named[0].ID, "method": string(approvals.Passkey), "block_lifted": strconv.FormatBool(t.Began),
	})
}

type checkedPasskey struct {
	verified
	why     reason
	suspend bool // the key is a clone or has one
}

func (s *Service) checkPasskey(ctx context.Context, sub Subject, t passkeyTry) (checkedPasskey, error) {
	if t.malformed {
		return checkedPasskey{why: malformed}, nil
	}
	challenge, why, err := s.takeChallenge(ctx, sub, t.answer.client, s.now())
	if err != nil || why != "" {
		return checkedPasskey{why: why}, err
	}
	if len(t.named) == 0 || len(t.Evaluate) == 0 {
		return checkedPasskey{why: foreign}, nil
	}
	u, err := s.credentials(t.passkeys)
	if err != nil {
		return checkedPasskey{}, err
	}
	v, why := s.rp.assert(u, challenge.Session, t.answer)
	return checkedPasskey{verified: v, why: why, suspend: why == regressed}, nil
}

func (s *Service) passkeyProof(sub Subject, t passkeyTry, c checkedPasskey) (approvals.Proof, error) {
	spent := sha256.Sum256(t.answer.client.challenge)
	p := s.newProof(sub, t.named[0])
	p.UV, p.Spent, p.CounterBack = true, hex.EncodeToString(spent[:]), c.regressed
	p.DeviceSince = p.Since // a passkey is a device's own, or its owner's synchronised ones'
	var err error
	p.Evidence, err = passkeyEvidence(p, s.rp.web.Config.RPID, t.answer, c.verified, t.named[0].SignCount)
	return p, err
}

func (s *Service) newProof(sub Subject, by Record) approvals.Proof {
	return approvals.Proof{
		ID:            s.newID(),
		Action:        sub.Action,
		Generation:    sub.Generation,
		Stage:         sub.Stage,
		Method:        by.Method,
		Authenticator: by.ID,
		Digest:        sub.Digest,
		At:            s.now(),
		UsableFrom:    by.UsableFrom,
		Since:         s.authenticatorSince(by),
	}
}
