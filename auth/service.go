package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Config is what a Service needs. Everything is required but Approvers and
// Quarantine.
type Config struct {
	Store   Store
	Sealer  approvals.Sealer
	RPID    string           // the host passkeys belong to, or a parent domain of it
	RPName  string           // shown by the device when a passkey is made
	Origins []string         // exact: "https://approve.market.example", and nothing after the host
	Issuer  string           // shown by authenticator apps: letters, digits, blank, dot, dash, underscore
	NewID   func() string    // UUIDv7
	Now     func() time.Time // the one clock

	// Quarantine is how long a first enrolment that nobody vouches for cannot
	// approve money; zero is FirstQuarantine. Later ones wait with their action.
	Quarantine time.Duration
	// DeviceKnown is after which time a device is one that is known; zero is the
	// constant of that name.
	DeviceKnown time.Duration
	// Approvers keeps the passkeys of other people on sellers' accounts; nil where
	// nobody can be invited.
	Approvers ApproverStore
}

// Service enrols authenticators and makes proofs. It is safe for concurrent
// use; all state is in the store.
type Service struct {
	store  Store
	sealer approvals.Sealer
	rp     *relyingParty
	issuer string
	newID  func() string
	now    func() time.Time
	dummy  atomic.Pointer[Record] // evaluated where a seller has no authenticator app

	quarantine  time.Duration
	deviceKnown time.Duration
	approvers   ApproverStore
}

var issuerForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,31}$`)

// New checks the configuration. A gateway without working passkeys does not
// start (STANDARDS NI-02).
func New(c Config) (*Service, error) {
	switch {
	case c.Store == nil || c.Sealer == nil || c.NewID == nil || c.Now == nil:
		return nil, errors.New("auth needs a store, a sealer, ids and a clock")
	case c.Quarantine < 0 || c.DeviceKnown < 0:
		return nil, errors.New("the quarantine of a first enrolment, and the age at which a device is known, must not be below zero")
	case !issuerForm.MatchString(c.Issuer):
		return nil, fmt.Errorf("issuer %q must be 1 to 32 letters, digits, blanks, dots, dashes or underscores", c.Issuer)
	}
	rp, err := newRelyingParty(c.RPID, c.RPName, c.Origins)
	if err != nil {
		return nil, err
	}
	s := &Service{store: c.Store, sealer: c.Sealer, rp: rp, issuer: c.Issuer, newID: c.NewID, now: c.Now, quarantine: cmp.Or(c.Quarantine, FirstQuarantine), deviceKnown: cmp.Or(c.DeviceKnown, DeviceKnown), approvers: c.Approvers}
	if _, err := s.makeDummy(); err != nil {
		return nil, err
	}
	return s, nil
}

// makeDummy seals a seed that no app has, and returns it.
func (s *Service) makeDummy() ([]byte, error) {
	dummy, seed := Record{Authenticator: Authenticator{Method: approvals.TOTP}}, random(seedSize)
	var err error
	if dummy.Sealed, err = s.seal(dummy, seed); err != nil {
		return nil, err
	}
	s.dummy.Store(&dummy)
	return seed, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

func (s *Service) seal(r Record, secret []byte) ([]byte, error) {
	sealed, err := s.sealer.Seal(secret, rowIdentity(r.Seller, r.Method, r.ID))
	if err != nil {
		return nil, fmt.Errorf("seal authenticator %s: %w", r.ID, err)
	}
	return sealed, nil
}

// open returns the secret of a record. It fails for a secret that was sealed
// for another row.
func (s *Service) open(r Record) ([]byte, error) {
	secret, err := s.sealer.Open(r.Sealed, rowIdentity(r.Seller, r.Method, r.ID))
	if err != nil {
		return nil, fmt.Errorf("open authenticator %s: %w", r.ID, err)
	}
	return secret, nil
}

// Authenticators returns all of a seller's, disabled ones too, oldest first.
func (s *Service) Authenticators(ctx context.Context, seller approvals.SellerKey) ([]Authenticator, error) {
	records, err := s.records(ctx, seller)
	if err != nil {
		return nil, err
	}
	list := make([]Authenticator, len(records))
	for i, r := range records {
		list[i] = r.Authenticator
	}
	return list, nil
}

func (s *Service) records(ctx context.Context, seller approvals.SellerKey) ([]Record, error) {
	records, err := s.store.Authenticators(ctx, seller)
	if err != nil {
		return nil, fmt.Errorf("list authenticators: %w", err)
	}
	return records, nil
}

func ids(records []Record) []string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = r.ID
	}
	return list
}

// Blocked says until when the seller's proving is blocked, zero if it is not,
// and how many wrong answers are left before it is.
func (s *Service) Blocked(ctx context.Context, seller approvals.SellerKey) (until time.Time, triesLeft int, err error) {
	t, err := s.store.Tries(ctx, seller)
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("read tries: %w", err)
	}
	if s.now().Before(t.BlockedUntil) {
		return t.BlockedUntil, 0, nil
	}
	return time.Time{}, MaxTries - t.Failures, nil
}

// notBlocked refuses to begin what could not be finished.
func (s *Service) notBlocked(ctx context.Context, seller approvals.SellerKey) error {
	until, _, err := s.Blocked(ctx, seller)
	if err == nil && !until.IsZero() {
		err = approvals.Refuse(approvals.CodeProvingBlocked).With("retry_at", approvals.FormatTime(until))
	}
	return err
}

// Sweep deletes what expired without an answer, and switches off what was to be
// added and is pending for longer than PendingLife without an action about it.
// Nothing depends on it: neither proves anything.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	now := s.now()
	n, err := s.store.Sweep(ctx, now)
	if err != nil {
		return 0, fmt.Errorf("sweep challenges: %w", err)
	}
	if s.approvers != nil {
		more, err := s.approvers.SweepApprovers(ctx, now)
		if n += more; err != nil {
			return n, fmt.Errorf("sweep challenges: %w", err)
		}
	}
	ended, err := s.store.EndPending(ctx, now.Add(-PendingLife), now, func(a Authenticator) audit.Event {
		return s.disabled(Subject{Seller: a.Seller}, a, "pending")
	})
	if err != nil {
		return n, fmt.Errorf("end pending authenticators: %w", err)
	}
	return n + ended, nil
}
