package approvaldb

import (
	"context"
	"slices"
	"sync"
)

// line is where those who want to write to SQLite wait: first come, first
// served, which database/sql does not promise. One at a time has the turn, and
// gives it on itself, with the transaction that the next one may join.
type line struct {
	mu      sync.Mutex
	busy    bool // somebody has the turn
	waiting []ticket
	open    *shared // not committed yet; belongs to whoever has the turn
}

// ticket is a place in the line. It is closed when the turn has come.
type ticket chan struct{}

// enter takes the last place.
func (l *line) enter() ticket {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := make(ticket)
	if l.busy {
		l.waiting = append(l.waiting, mine)
	} else {
		l.busy = true
		close(mine)
	}
	return mine
}

// wait waits for the turn, or until ctx is done and the place is given up.
// After a nil the caller has the turn and must give it on.
func (l *line) wait(ctx context.Context, mine ticket) error {
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, mine); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		return ctx.Err()
	}
	return nil // the turn came in the meantime, and nobody else has it
}

// others reports whether somebody waits.
func (l *line) others() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) > 0
}

// take returns the transaction that came with the turn, nil for none.
func (l *line) take() *shared {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.open
	l.open = nil
	return s
}

// pass gives the turn on together with s, and reports whether there was
// somebody to take it.
func (l *line) pass(s *shared) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return false
	}
	l.open = s
	l.next()
	return true
}

// leave gives the turn on, or back. Those who have to come again come first.
func (l *line) leave(again []ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(slices.Clone(again), l.waiting...)
	if len(l.waiting) == 0 {
		l.busy = false
		return
	}
	l.next()
}

func (l *line) next() {
	close(l.waiting[0])
	l.waiting = slices.Delete(l.waiting, 0, 1)
}
