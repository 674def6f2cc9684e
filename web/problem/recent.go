package problem

import (
	"slices"
	"sync"
	"time"

	"countersign/approvals"
)

// recentKept is how many refusals are remembered of each marketplace.
const recentKept = 20

// Refused is one call of a marketplace that was refused. Nothing of what was
// sent is in it.
type Refused struct {
	At      time.Time
	Request string // the request id
	Method  string
	Route   string
	Status  int
	Code    approvals.Code
}

// Recent remembers the last refused calls of each marketplace, in the memory of
// this node, for its engineers to see what they got wrong. The zero value is
// ready, and it is safe for concurrent use.
type Recent struct {
	mu   sync.Mutex
	last map[approvals.MarketplaceID][]Refused
}

// Add remembers a refusal. The oldest of the same marketplace goes.
func (r *Recent) Add(m approvals.MarketplaceID, refused Refused) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[approvals.MarketplaceID][]Refused{}
	}
	kept := r.last[m]
	r.last[m] = append(kept[max(0, len(kept)-recentKept+1):], refused)
}

// Of returns what is remembered of a marketplace, newest first.
func (r *Recent) Of(m approvals.MarketplaceID) []Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.last[m])
	slices.Reverse(out)
	return out
}
