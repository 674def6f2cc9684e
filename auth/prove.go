package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"countersign/approvals"
)

// Answer is what a page posted as a proof: of a passkey, or else a code.
type Answer struct {
	Credential []byte // the JSON of credential.toJSON()
	Code       string
	Device     DeviceAnswer
	// Enough refuses, by what is known of the device, a code that would be of no
	// use: before it is looked at, so that none is spent. Nil refuses nothing.
	Enough func(approvals.Proof) error
}

// Prove makes the proof with ProvePasskey or ProveCode and their refusals, and
// knows the device again that it was made on, or keeps it as new. A device's
// signature that is missing, or not good, or not about this very challenge, is
// no refusal: the proof then was made on a device nobody knows.
func (s *Service) Prove(ctx context.Context, sub Subject, a Answer) (approvals.Proof, error) {
	if len(a.Credential) > 0 {
		p, err := s.ProvePasskey(ctx, sub, a.Credential)
		if err != nil {
			return approvals.Proof{}, err
		}
		spent := sha256.Sum256(a.Device.Challenge)
		if hex.EncodeToString(spent[:]) != p.Spent || !a.Device.signed() {
			return p, nil
		}
		return s.provedOn(ctx, sub, p, a.Device)
	}
	on, err := s.takeDevice(ctx, sub, a.Device)
	if err != nil {
		return approvals.Proof{}, err
	}
	if a.Enough != nil {
		asIf, err := s.asIf(ctx, sub, on)
		if err == nil {
			err = a.Enough(asIf)
		}
		if err != nil {
			return approvals.Proof{}, err
		}
	}
	p, err := s.ProveCode(ctx, sub, a.Code)
	if err != nil || on.Key == nil {
		return p, err
	}
	return s.provedOn(ctx, sub, p, on)
}

// takeDevice consumes the challenge of BeginDevice that a device answers, and
// returns the answer if it is good, else the zero value.
func (s *Service) takeDevice(ctx context.Context, sub Subject, a DeviceAnswer) (DeviceAnswer, error) {
	if !a.signed() {
		return DeviceAnswer{}, nil
	}
	_, why, err := s.takeChallenge(ctx, sub, clientData{challenge: a.Challenge}, s.now())
	if err != nil || why != "" {
		return DeviceAnswer{}, err
	}
	return a, nil
}

// asIf is the proof that a right code would make on this device.
func (s *Service) asIf(ctx context.Context, sub Subject, on DeviceAnswer) (approvals.Proof, error) {
	p := s.newProof(sub, Record{Authenticator: Authenticator{Method: approvals.TOTP}})
	if on.Key == nil {
		return p, nil
	}
	d, err := s.recognise(ctx, sub.Seller, on)
	if err == nil && d.ID != "" {
		p.Device, p.DeviceKnownFrom, p.DeviceSince = d.ID, d.KnownFrom, s.since(d)
	}
	return p, err
}

// provedOn says on which device an accepted proof was made. A passkey's own age
// counts as its device's.
func (s *Service) provedOn(ctx context.Context, sub Subject, p approvals.Proof, a DeviceAnswer) (approvals.Proof, error) {
	d, before, err := s.seen(ctx, sub.Seller, a, false)
	if err != nil {
		return approvals.Proof{}, err
	}
	p.Device, p.DeviceKnownFrom, p.DeviceKey = d.ID, d.KnownFrom, a.Key
	if since := s.since(d); before && (p.DeviceSince.IsZero() || since.Before(p.DeviceSince)) {
		p.DeviceSince = since
	}
	p.Evidence, err = withDevice(p.Evidence, a)
	return p, err
}
