package rate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"

	"countersign/approvals"
	"countersign/web/problem"
)

// Store keeps one number a key. Of many who swap at once exactly one succeeds.
type Store = throttled.GCRAStoreCtx

// maxTries is how often a call that loses to others at the same moment tries
// again before it is told to come back: many nodes may serve one marketplace.
const maxTries = 100

// memoryKeys is how many keys are counted in memory; the ones that have not
// asked for the longest time are forgotten first.
const memoryKeys = 1 << 16

// Memory returns a store of this process alone.
func Memory(now func() time.Time) (Store, error) {
	m, err := memstore.New(memoryKeys)
	if err != nil {
		return nil, fmt.Errorf("count in memory: %w", err)
	}
	m.SetTimeNow(now)
	return throttled.WrapStoreWithContext(m), nil
}

// Limiter allows so many calls a minute to each key.
type Limiter struct {
	name  string // in headers and keys
	calls int
	now   func() time.Time
	gcra  *throttled.GCRARateLimiterCtx
}

// New returns a limiter of perMinute calls, which may come at once. Two with
// the same name on one store count together.
func New(s Store, name string, perMinute int, now func() time.Time) (*Limiter, error) {
	if s == nil || now == nil || name == "" || perMinute < 1 {
		return nil, errors.New("rate: a store, a clock, a name and a limit of at least 1 are needed")
	}
	quota := throttled.RateQuota{MaxRate: throttled.PerMin(perMinute), MaxBurst: perMinute - 1}
	g, err := throttled.NewGCRARateLimiterCtx(s, quota)
	if err != nil {
		return nil, fmt.Errorf("limit %s: %w", name, err)
	}
	g.SetMaxCASAttemptsLimit(maxTries)
	return &Limiter{name: name, calls: perMinute, now: now, gcra: g}, nil
}

// Take counts one call of key and sets the headers that tell how it stands. It
// is refused with problem.RateLimited and the time to come back. When the store
// does not answer, nothing is known and the error is the store's. A nil limiter
// allows everything.
func (l *Limiter) Take(ctx context.Context, h http.Header, key string) error {
	if l == nil {
		return nil
	}
	limited, standing, err := l.gcra.RateLimitCtx(ctx, l.name+"\x1f"+key, 1)
	if err != nil {
		return fmt.Errorf("%w: count a call of %s: %w", approvals.Refuse(approvals.CodeUnavailable), l.name, err)
	}
	quoted := strconv.Quote(l.name)
	h.Set("RateLimit-Policy", fmt.Sprintf("%s;q=%d;w=60", quoted, l.calls))
	h.Set("RateLimit", fmt.Sprintf("%s;r=%d;t=%d", quoted, max(standing.Remaining, 0), seconds(standing.ResetAfter)))
	if !limited {
		return nil
	}
	return approvals.Refuse(problem.RateLimited).With("retry_at", approvals.FormatTime(l.now().Add(standing.RetryAfter)))
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
