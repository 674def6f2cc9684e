package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
)

// CodeEnrolment is what a page shows while an authenticator app is set up. It
// holds the seed in clear: it is shown once, to the person who began it, and
// goes into no mail, URL or log (STANDARDS OT-10).
type CodeEnrolment struct {
	ID      string // not a secret
	Issuer  string
	Account string
	Secret  string // base32, without padding
}

// String keeps the seed out of logs and errors.
func (e CodeEnrolment) String() string { return "code enrolment " + e.ID }

// GoString keeps the seed out of %#v.
func (e CodeEnrolment) GoString() string { return e.String() }

// BeginCodeEnrolment makes a seed for the seller's authenticator app. It proves
// nothing until FinishCodeEnrolment, within EnrolmentLife. account is what the
// app shows beside the issuer. CodeEnrolmentClosed for a seller who has, or
// ever had, an authenticator.
func (s *Service) BeginCodeEnrolment(ctx context.Context, key approvals.SellerKey, account string) (CodeEnrolment, error) {
	if err := s.enrolmentOpen(ctx, key); err != nil {
		return CodeEnrolment{}, err
	}
	return s.beginCode(ctx, key, account)
}

func (s *Service) beginCode(ctx context.Context, key approvals.SellerKey, account string) (CodeEnrolment, error) {
	now := s.now()
	e := Enrolment{ID: s.newID(), Seller: key, Account: accountLabel(account, key), CreatedAt: now, ExpiresAt: now.Add(EnrolmentLife)}
	seed := random(seedSize)
	var err error
	if e.Sealed, err = s.seal(e.record(), seed); err != nil {
		return CodeEnrolment{}, err
	}
	if err := s.store.PutEnrolment(ctx, e); err != nil {
		return CodeEnrolment{}, fmt.Errorf("keep enrolment: %w", err)
	}
	return s.codeEnrolment(e, seed), nil
}

// record is the authenticator an enrolment becomes, under the same id, so that
// the seed moves there sealed as it is.
func (e Enrolment) record() Record {
	return Record{
		Authenticator: Authenticator{ID: e.ID, Seller: e.Seller, Method: approvals.TOTP},
		Sealed:        e.Sealed,
	}
}

// accountLabel keeps an account name to what every app can read: the colon
// separates it from the issuer.
func accountLabel(account string, key approvals.SellerKey) string {
	clean := func(v string) string { return label(strings.ReplaceAll(v, ":", " ")) }
	for _, v := range []string{account, string(key.Seller)} {
		if v = clean(v); v != "" {
			return v
		}
	}
	return "seller"
}

func (s *Service) codeEnrolment(e Enrolment, seed []byte) CodeEnrolment {
	return CodeEnrolment{ID: e.ID, Issuer: s.issuer, Account: e.Account, Secret: base32Plain.EncodeToString(seed)}
}

// PendingCodeEnrolment returns an unconfirmed enrolment of this seller again,
// for the page after a wrong code. CodeNotFound when there is none, or it is
// over.
func (s *Service) PendingCodeEnrolment(ctx context.Context, key approvals.SellerKey, id string) (CodeEnrolment, error) {
	e, seed, err := s.pending(ctx, key, id)
	if err != nil {
		return CodeEnrolment{}, err
	}
	return s.codeEnrolment(e, seed), nil
}

func (s *Service) pending(ctx context.Context, key approvals.SellerKey, id string) (Enrolment, []byte, error) {
	e, err := s.store.Enrolment(ctx, key, id)
	if err != nil {
		return Enrolment{}, nil, fmt.Errorf("read enrolment: %w", err)
	}
	if !s.now().Before(e.ExpiresAt) {
		return Enrolment{}, nil, approvals.Refuse(approvals.CodeNotFound)
	}
	seed, err := s.open(e.record())
	return e, seed, err
}

// CodeAnswer is the one code that confirms an authenticator app.
type CodeAnswer struct {
	Enrolment string // CodeEnrolment.ID
	Code      string
	Name      string       // what the seller calls the app; may be empty
	Onboarded time.Time    // see PasskeyAnswer
	Device    DeviceAnswer // see PasskeyAnswer; it answers BeginDevice of the seller alone
}

// FinishCodeEnrolment adds the seller's first authenticator, an app, if the
// code is one of its own. The step of that code is spent: the first proof needs
// a later one (STANDARDS OT-11). From when it may approve money is in
// UsableFrom (DESIGN rule 11). A refusal is CodeProofWrong with the fact
// "fault", CodeInvalid for what is not six digits, CodeNotFound for an
// enrolment that is over, or CodeEnrolmentClosed. Wrong codes here are no
// tries: the seed they would have to guess is on the same page.
func (s *Service) FinishCodeEnrolment(ctx context.Context, key approvals.SellerKey, answer CodeAnswer) (Authenticator, error) {
	if err := s.enrolmentOpen(ctx, key); err != nil {
		return Authenticator{}, err
	}
	now := s.now()
	r, err := s.confirmCode(ctx, key, answer, now)
	if err != nil {
		return Authenticator{}, err
	}
	on, err := s.takeDevice(ctx, Subject{Seller: key}, answer.Device)
	if err != nil {
		return Authenticator{}, err
	}
	return s.addFirst(ctx, r, first{onboarded: answer.Onboarded, on: on, at: now})
}

// confirmCode returns the app that a right code confirms, with its step spent.
func (s *Service) confirmCode(ctx context.Context, key approvals.SellerKey, answer CodeAnswer, now time.Time) (Record, error) {
	e, seed, err := s.pending(ctx, key, answer.Enrolment)
	if err != nil {
		return Record{}, err
	}
	cleaned, ok := cleanCode(answer.Code)
	if !ok {
		return Record{}, approvals.Invalid(approvals.FieldError{Field: "code", Message: codeForms[approvals.TOTP]})
	}
	r := e.record()
	r.Name = label(answer.Name)
	if r.LastStep, err = matchCode(seed, cleaned, now); err != nil {
		return Record{}, err
	}
	if r.LastStep == 0 {
		return Record{}, s.refuseEnrolment(ctx, key, approvals.TOTP, wrong)
	}
	return r, nil
}
