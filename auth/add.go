package auth

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/approvals"
)

// BeginPasskeyAdd is BeginPasskeyEnrolment for a seller who has an
// authenticator. Passkeys the seller has are excluded. The refusal is
// CodeNoAuthenticator where there is nothing to prove the addition with, or
// CodeEnrolmentClosed with the fact "limit" at MaxPasskeys.
func (s *Service) BeginPasskeyAdd(ctx context.Context, key approvals.SellerKey, displayName string) ([]byte, error) {
	if err := s.addingOpen(ctx, key, approvals.Passkey); err != nil {
		return nil, err
	}
	return s.beginPasskey(ctx, key, displayName)
}

// FinishPasskeyAdd verifies the answer to BeginPasskeyAdd and keeps the passkey
// as pending: it proves nothing until an authenticator.add about it is executed
// (STANDARDS TA-02), and is switched off if there is no such action within
// PendingLife, or it ends in any other way. Onboarded means nothing here. The
// refusals are those of BeginPasskeyAdd and FinishPasskeyEnrolment.
func (s *Service) FinishPasskeyAdd(ctx context.Context, key approvals.SellerKey, answer PasskeyAnswer) (Authenticator, error) {
	if err := s.addingOpen(ctx, key, approvals.Passkey); err != nil {
		return Authenticator{}, err
	}
	r, err := s.newPasskey(ctx, key, answer)
	if err != nil {
		return Authenticator{}, err
	}
	return s.addPending(ctx, r, s.now())
}

// BeginCodeAdd is BeginCodeEnrolment for a seller who has an authenticator. The
// refusals are those of BeginPasskeyAdd, with MaxApps.
func (s *Service) BeginCodeAdd(ctx context.Context, key approvals.SellerKey, account string) (CodeEnrolment, error) {
	if err := s.addingOpen(ctx, key, approvals.TOTP); err != nil {
		return CodeEnrolment{}, err
	}
	return s.beginCode(ctx, key, account)
}

// FinishCodeAdd keeps the app that the code confirms as pending, as
// FinishPasskeyAdd does with a passkey. The code's step is spent.
func (s *Service) FinishCodeAdd(ctx context.Context, key approvals.SellerKey, answer CodeAnswer) (Authenticator, error) {
	if err := s.addingOpen(ctx, key, approvals.TOTP); err != nil {
		return Authenticator{}, err
	}
	now := s.now()
	r, err := s.confirmCode(ctx, key, answer, now)
	if err != nil {
		return Authenticator{}, err
	}
	return s.addPending(ctx, r, now)
}

// addingOpen refuses a seller who has nothing to prove an authenticator.add
// with, not even a printed code, or no room for one more. The store holds the
// limit again.
func (s *Service) addingOpen(ctx context.Context, key approvals.SellerKey, m approvals.Method) error {
	records, err := s.records(ctx, key)
	if err != nil {
		return err
	}
	if may := s.permitted(records, approvals.StageStepUp); may.refusal != nil {
		if set, err := s.RecoverySet(ctx, key); err != nil || set.Left == 0 {
			return errors.Join(err, may.refusal)
		}
	}
	if len(ofMethod(records, m, Authenticator.inUse)) >= limit(m) {
		return tooMany(m)
	}
	return nil
}

// limit is how many of a method a seller has at most, pending ones counted.
func limit(m approvals.Method) int {
	if m == approvals.Passkey {
		return MaxPasskeys
	}
	return MaxApps
}

func tooMany(m approvals.Method) error {
	return approvals.Refuse(approvals.CodeEnrolmentClosed).With("limit", strconv.Itoa(limit(m)))
}

func (s *Service) addPending(ctx context.Context, r Record, now time.Time) (Authenticator, error) {
	r.CreatedAt = now
	sub := Subject{Seller: r.Seller}
	e := s.event(sub, sellerActor(sub), "authenticator_pending", map[string]string{"authenticator": r.ID, "method": string(r.Method)})
	added, err := s.store.AddPending(ctx, r, limit(r.Method), e)
	switch {
	case err != nil:
		return Authenticator{}, fmt.Errorf("add authenticator: %w", err)
	case !added:
		return Authenticator{}, tooMany(r.Method)
	}
	return r.Authenticator, nil
}

// Rename gives an authenticator another name, for people to tell it by: 1 to 64
// characters besides blanks around them, no control and no direction
// characters. The refusal is
// CodeInvalid, or CodeNotFound for one that is switched off or not this
// seller's.
func (s *Service) Rename(ctx context.Context, key approvals.SellerKey, id, name string) error {
	name = strings.TrimSpace(name)
	hidden := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > maxLabel || strings.ContainsFunc(name, hidden) {
		return approvals.Invalid(approvals.FieldError{Field: "name", Message: "must have 1 to 64 characters, and no control or direction characters"})
	}
	sub := Subject{Seller: key}
	e := s.event(sub, sellerActor(sub), "authenticator_renamed", map[string]string{"authenticator": id})
	if err := s.store.Rename(ctx, key, id, name, e); err != nil {
		return fmt.Errorf("rename authenticator: %w", err)
	}
	return nil
}
