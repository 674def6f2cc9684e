package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Device is a browser that a seller has proved themselves in. It is known by a
// key that its script made and nothing can take out of it: a cookie that was
// stolen does not bring it along (THREATS A7). It proves nothing by itself.
type Device struct {
	ID          string // UUIDv7
	Seller      approvals.SellerKey
	Key         []byte    // of P-256, an uncompressed point
	UserAgent   string    // what the browser called itself: a label, cut at MaxUserAgent bytes
	FirstSeenAt time.Time // its first accepted proof
	// KnownFrom is from when it counts as one that is known: DeviceKnown after it
	// was first seen, which is when the seller was told of it, or at once where the
	// marketplace vouched for the seller.
	KnownFrom  time.Time
	LastSeenAt time.Time
}

// Devices keeps devices. Those that were revoked, and those first seen before
// the seller's last lock, are none: a lock takes every device's age away.
type Devices interface {
	// Devices returns a seller's, the last seen first.
	Devices(ctx context.Context, seller approvals.SellerKey) ([]Device, error)

	// SeeDevice keeps what a proof was just accepted on and returns it as it is
	// stored: one with this key is seen again and no younger for it; else d is
	// added, with its event and what the seller is told of it unless the event has
	// no verb. When the seller has MaxDevices already, one goes: of those that are
	// not known yet, or of all, the one not seen for longest.
	SeeDevice(ctx context.Context, d Device, e audit.Event) (Device, error)

	// RevokeDevice forgets a device with its event. CodeNotFound when the seller
	// has no such device.
	RevokeDevice(ctx context.Context, seller approvals.SellerKey, id string, e audit.Event) error
}

// DeviceAnswer is what a page's script signed with the device's key. The zero
// value is a browser without script or key: a device nobody knows.
type DeviceAnswer struct {
	Key       []byte // an uncompressed point of P-256, 65 bytes
	Signature []byte // r ‖ s, 64 bytes, as WebCrypto makes it
	Challenge []byte // what was signed about: of the passkey, or of BeginDevice
	UserAgent string
}

// deviceTag keeps a device's signatures apart from all others.
const deviceTag = "countersign/device/v1\n"

// signed reports whether the answer is the key's signature about its challenge.
func (d DeviceAnswer) signed() bool {
	if len(d.Signature) != 64 || len(d.Challenge) == 0 {
		return false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), d.Key)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(append([]byte(deviceTag), d.Challenge...))
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(d.Signature[:32]), new(big.Int).SetBytes(d.Signature[32:]))
}

// BeginDevice returns what the device is to sign beside a code about sub: 32
// random bytes and the digest. It may be answered once, within ChallengeLife. A
// passkey's own challenge does the same beside a passkey.
func (s *Service) BeginDevice(ctx context.Context, sub Subject) ([]byte, error) {
	challenge := append(random(nonceSize), sub.Digest[:]...)
	return challenge, s.putChallenge(ctx, sub, ceremonyOptions{challenge: challenge, session: []byte("{}")})
}

// Devices returns a seller's devices, the last seen first.
func (s *Service) Devices(ctx context.Context, seller approvals.SellerKey) ([]Device, error) {
	list, err := s.store.Devices(ctx, seller)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return list, nil
}

// RevokeDevice forgets a device: should it come back it is as new as any other.
func (s *Service) RevokeDevice(ctx context.Context, seller approvals.SellerKey, id string) error {
	sub := Subject{Seller: seller}
	e := s.event(sub, sellerActor(sub), "device_removed", map[string]string{"device": id})
	if err := s.store.RevokeDevice(ctx, seller, id, e); err != nil {
		return fmt.Errorf("remove device: %w", err)
	}
	return nil
}

// recognise returns the seller's device with the key of this answer; the zero
// value where it is not known yet.
func (s *Service) recognise(ctx context.Context, seller approvals.SellerKey, a DeviceAnswer) (Device, error) {
	list, err := s.Devices(ctx, seller)
	for _, d := range list {
		if string(d.Key) == string(a.Key) {
			return d, err
		}
	}
	return Device{}, err
}

// seen keeps the device that an accepted proof was made on, and reports whether
// it had been seen before. What a seller enrols on who is vouched for is known
// from the start, and the notice of that enrolment tells of both; of every other
// new one the seller is told as it is kept, so that none grows old in silence.
func (s *Service) seen(ctx context.Context, seller approvals.SellerKey, a DeviceAnswer, vouched bool) (Device, bool, error) {
	now := s.now()
	d := Device{
		ID: s.newID(), Seller: seller, Key: a.Key, UserAgent: a.UserAgent, FirstSeenAt: now, KnownFrom: now.Add(s.deviceKnown), LastSeenAt: now,
	}
	added := s.deviceAdded(d)
	if vouched {
		added = audit.Event{}
		d.KnownFrom = now.Add(-VouchLife) // the action that the seller enrols for was asked for before
	}
	if len(d.UserAgent) > MaxUserAgent {
		d.UserAgent = d.UserAgent[:MaxUserAgent]
	}
	kept, err := s.store.SeeDevice(ctx, d, added)
	if err != nil {
		return Device{}, false, fmt.Errorf("keep device: %w", err)
	}
	return kept, kept.ID != d.ID, nil
}

// deviceAdded is the line of a device that is kept from its first proof on.
func (s *Service) deviceAdded(d Device) audit.Event {
	sub := Subject{Seller: d.Seller}
	e := s.event(sub, sellerActor(sub), "device_added", map[string]string{"device": d.ID, "usable_from": approvals.FormatTime(d.KnownFrom)})
	e.At = d.FirstSeenAt
	return e
}

// since is since when a device counts as known, as a time that DeviceKnown is
// added to.
func (s *Service) since(d Device) time.Time { return d.KnownFrom.Add(-s.deviceKnown) }

// authenticatorSince is the same of an authenticator. One that a fresh
// onboarding vouched for was usable as soon as it was made.
func (s *Service) authenticatorSince(r Record) time.Time {
	switch {
	case r.CreatedAt.IsZero():
		return time.Time{} // printed codes
	case r.UsableFrom.Equal(r.CreatedAt):
		return r.CreatedAt.Add(-VouchLife - s.deviceKnown)
	}
	return r.CreatedAt
}
