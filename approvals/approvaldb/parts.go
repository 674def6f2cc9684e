package approvaldb

import (
	"errors"
	"fmt"
	"strings"

	"countersign/approvals"
)

// Config is what the stores need besides a database.
type Config struct {
	Sealer approvals.Sealer
	// Enqueuer makes the jobs; with nil nothing wakes a worker.
	Enqueuer Enqueuer
	// NewID returns a fresh UUIDv7.
	NewID func() string
	// Links makes the stop links of security notices; without it none is saved.
	Links approvals.LinkKey
	// Effect takes part in the transaction of every change of an action, after
	// the action itself is written: what it writes is saved with the change or
	// not at all. before is a zero action where it is created. nil does nothing.
	Effect func(tx *Tx, before, after approvals.Action) error
	// RingsAcross compares the sellers of all marketplaces, and not of each by itself.
	// What was seen counts where it was seen: after a change it begins anew.
	RingsAcross bool
}

// Parts is everything that package approvals declares, over one database.
type Parts struct {
	Store  *Store
	Reader *Reader
	Waker  *Waker
	Outbox *Outbox
	// Endpoints and Deliveries are what a marketplace manages of its webhooks.
	Endpoints  *Endpoints
	Deliveries *Deliveries
	Registry   *Registry
	Keys       *Keys
	Answers    *Answers
	Cases      *Cases
	Governor   *Governor
	Notices    *Notices
	Policies   *Policies
	Rings      *Rings
	Words      *Words
	Desk       *Desk
	RingViews  *RingViews
	AuditViews *AuditViews
	Shift      *Shift
	Recoveries *RecoveryStore
}

// New returns the parts of a migrated database.
func New(db *DB, c Config) *Parts {
	k := core{db: db, sealer: c.Sealer, enqueuer: c.Enqueuer, newID: c.NewID, links: c.Links, effect: c.Effect, ringsAcross: c.RingsAcross}
	db.parts.Store(&k)
	return &Parts{
		Store: &Store{k}, Reader: &Reader{k}, Waker: &Waker{core: k}, Outbox: &Outbox{k}, Endpoints: &Endpoints{k}, Deliveries: &Deliveries{k},
		Registry: &Registry{k}, Keys: &Keys{k}, Answers: &Answers{k}, Cases: &Cases{k}, Governor: &Governor{k}, Notices: &Notices{k},
		Policies: &Policies{k}, Rings: &Rings{k}, Words: &Words{k}, Desk: &Desk{k}, RingViews: &RingViews{k}, AuditViews: &AuditViews{k}, Shift: &Shift{k},
		Recoveries: &RecoveryStore{k},
	}
}

// core is what every part works with.
type core struct {
	db       *DB
	sealer   approvals.Sealer
	enqueuer Enqueuer
	newID    func() string
	links    approvals.LinkKey
	effect   func(tx *Tx, before, after approvals.Action) error // may be nil

	ringsAcross bool
}

var (
	_ approvals.Store      = (*Store)(nil)
	_ approvals.Reader     = (*Reader)(nil)
	_ approvals.PushBodies = (*Reader)(nil)
	_ approvals.Waker      = (*Waker)(nil)
	_ approvals.Outbox     = (*Outbox)(nil)
	_ approvals.Registry   = (*Registry)(nil)
	_ approvals.Answers    = (*Answers)(nil)
	_ approvals.Cases      = (*Cases)(nil)
	_ approvals.Governor   = (*Governor)(nil)
	_ approvals.Notices    = (*Notices)(nil)
)

// errSeal says that a sealed value does not open as this row's: it was changed,
// or moved here from another row.
var errSeal = errors.New("sealed value does not open")

// seal and unseal keep a secret as part of one row: the table and the row's key
// are authenticated with it.
func (k core) seal(plain []byte, row ...string) ([]byte, error) {
	sealed, err := k.sealer.Seal(plain, rowName(row))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", row[0], err)
	}
	return sealed, nil
}

func (k core) unseal(sealed []byte, row ...string) ([]byte, error) {
	plain, err := k.sealer.Open(sealed, rowName(row))
	if errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		return nil, fmt.Errorf("open %s: %w", row[0], err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", approvals.ErrBroken, row[0], errSeal)
	}
	return plain, nil
}

func rowName(parts []string) []byte { return []byte(strings.Join(parts, "\x1f")) }

// notFound is the one answer for what is unknown and what is another's.
func notFound() error { return approvals.Refuse(approvals.CodeNotFound) }

// wellFormed reports whether id is a UUID as this gateway writes them. One that
// is not can belong to no row, and PostgreSQL would refuse to compare it.
func wellFormed(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i, r := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'f') {
			return false
		}
	}
	return true
}
