package forwardauth

import (
	"sync"
	"time"

	"countersign/approvals"
)

// A claim that was refused is not made again for this long while nothing about it
// changes: the answer is the same, and stands in the history.
const (
	refusedFor  = time.Minute
	maxRefusals = 1 << 12
)

// refusalKey is one question about one version of an action.
type refusalKey struct {
	action  approvals.ActionID
	version int
	hash    string
}

type refusal struct {
	err *approvals.Error
	at  time.Time
}

// refusals remembers the claims that were refused lately, on this node. The zero
// value remembers none.
type refusals struct {
	mu    sync.Mutex
	known map[refusalKey]refusal
}

// last is how the same claim was refused a moment ago, nil if it was not.
func (r *refusals) last(k refusalKey, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.known[k]; ok && now.Sub(known.at) < refusedFor {
		return known.err
	}
	return nil
}

func (r *refusals) keep(k refusalKey, err *approvals.Error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxRefusals || r.known == nil {
		r.known = map[refusalKey]refusal{} // forgetting costs one event each
	}
	r.known[k] = refusal{err, now}
}
