package demo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/client"
)

// seller is a row of the marketplace's own table.
type seller struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Shop     string             `json:"shop"`
	Email    string             `json:"email"`
	Country  string             `json:"country"`
	TimeZone string             `json:"time_zone"`
	Account  client.Destination `json:"account"` // paid into now
	Session  int                `json:"session"` // older ones have ended
}

// change is what the marketplace remembers of an action: enough to claim it
// and to know a genuine release of it, without asking anybody.
type change struct {
	ID        string               `json:"id"` // the action's
	Reference string               `json:"reference"`
	Seller    string               `json:"seller"`
	Details   client.AccountChange `json:"details"`
	Loan      *client.Loan         `json:"loan,omitempty"`   // in the place of Details
	Payout    *payout              `json:"payout,omitempty"` // likewise
	CreatedAt time.Time            `json:"created_at"`
	ByThief   bool                 `json:"by_thief"`

	Tries         int          `json:"tries"`      // claims that were answered for good; part of the next one's key
	ReleaseID     string       `json:"release_id"` // set together with the seller's account
	BankReference string       `json:"bank_reference"`
	Reported      bool         `json:"reported"`
	End           client.State `json:"end"` // once the action is over
}

func (c change) open() bool { return c.End == "" }

// kind and payload are what the action was created with.
func (c change) kind() string {
	switch {
	case c.Loan != nil:
		return client.LoanDisbursement
	case c.Payout != nil:
		return payoutKind
	}
	return client.PayoutAccountChange
}

func (c change) payload() any {
	switch {
	case c.Loan != nil:
		return c.Loan
	case c.Payout != nil:
		return c.Payout
	}
	return c.Details
}

// ledger is all the books hold.
type ledger struct {
	Sellers  []seller          `json:"sellers"`
	Changes  []change          `json:"changes"`  // oldest first
	Releases map[string]string `json:"releases"` // release id to the action that it changed an account for
}

// books is a very small database: one file, replaced as a whole.
type books struct {
	path string
	mu   sync.Mutex
	now  ledger
}

var errUnknownChange = errors.New("no such change")

func openBooks(path string) (*books, error) {
	b := &books{path: path}
	if err := loadJSON(path, &b.now); err != nil {
		return nil, err
	}
	if b.now.Sellers == nil {
		b.now.Sellers = firstSellers()
	}
	if b.now.Releases == nil {
		b.now.Releases = map[string]string{}
	}
	return b, nil
}

func (b *books) read() ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.clone()
}

// write changes a copy, saves it, and only then shows it.
func (b *books) write(edit func(*ledger) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.now.clone()
	if err := edit(&next); err != nil {
		return err
	}
	if err := saveJSON(b.path, next); err != nil {
		return err
	}
	b.now = next
	return nil
}

func (l ledger) clone() ledger {
	return ledger{slices.Clone(l.Sellers), slices.Clone(l.Changes), maps.Clone(l.Releases)}
}

func (l *ledger) seller(id string) (*seller, bool) {
	i := slices.IndexFunc(l.Sellers, func(s seller) bool { return s.ID == id })
	if i < 0 {
		return nil, false
	}
	return &l.Sellers[i], true
}

func (l *ledger) change(id string) (*change, bool) {
	i := slices.IndexFunc(l.Changes, func(c change) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return &l.Changes[i], true
}

// edit changes one change.
func (b *books) edit(id string, f func(*change)) error {
	return b.write(func(l *ledger) error {
		c, ok := l.change(id)
		if !ok {
			return errUnknownChange
		}
		f(c)
		return nil
	})
}

// carryOut puts a released change in place, or pays a released loan or payout out, once for
// each release id, and remembers that in the same write.
func (b *books) carryOut(id, releaseID, reference string) error {
	return b.write(func(l *ledger) error {
		c, known := l.change(id)
		if !known {
			return errUnknownChange
		}
		if by, spent := l.Releases[releaseID]; spent {
			return fmt.Errorf("release %s was carried out for %s", releaseID, by)
		}
		s, known := l.seller(c.Seller)
		if !known {
			return fmt.Errorf("no seller %s", c.Seller)
		}
		if c.kind() == client.PayoutAccountChange {
			s.Account = c.Details.To
		}
		c.ReleaseID, c.BankReference = releaseID, reference
		l.Releases[releaseID] = id
		return nil
	})
}

// endSessions signs a seller out on every device.
func (b *books) endSessions(id string) error {
	return b.write(func(l *ledger) error {
		if s, ok := l.seller(id); ok {
			s.Session++
		}
		return nil
	})
}

// changesOf returns a seller's changes of account, newest first.
func (l ledger) changesOf(id string) []change { return l.of(id, client.PayoutAccountChange) }

// loansOf returns a seller's loans, newest first.
func (l ledger) loansOf(id string) []change { return l.of(id, client.LoanDisbursement) }

func (l ledger) of(id, kind string) []change {
	var all []change
	for _, c := range slices.Backward(l.Changes) {
		if c.Seller == id && c.kind() == kind {
			all = append(all, c)
		}
	}
	return all
}

// openChange returns the newest change of a seller that is not over.
func (l ledger) openChange(id string) (change, bool) {
	for _, c := range l.changesOf(id) {
		if c.open() {
			return c, true
		}
	}
	return change{}, false
}
