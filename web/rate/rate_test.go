package rate_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/web/peer"
	"countersign/web/problem"
	"countersign/web/rate"
)

func limiter(t testing.TB, s rate.Store, calls int, now func() time.Time) *rate.Limiter {
	t.Helper()
	l, err := rate.New(s, "calls", calls, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func memory(t testing.TB, now func() time.Time) rate.Store {
	t.Helper()
	s, err := rate.Memory(now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTake(t *testing.T) {
	t.Parallel()
	clock := approvalstest.NewClock()
	l := limiter(t, memory(t, clock.Now), 3, clock.Now)
	for i, want := range []string{`"calls";r=2;t=20`, `"calls";r=1;t=40`, `"calls";r=0;t=60`} {
		h := http.Header{}
		if err := l.Take(t.Context(), h, "m"); err != nil || h.Get("RateLimit") != want || h.Get("RateLimit-Policy") != `"calls";q=3;w=60` {
			t.Errorf("call %d: %v, %v", i, err, h)
		}
	}
	h := http.Header{}
	err := l.Take(t.Context(), h, "m")
	refusal, ok := errors.AsType[*approvals.Error](err)
	if !ok || refusal.Code != problem.RateLimited || refusal.Facts["retry_at"] != approvals.FormatTime(clock.Now().Add(20*time.Second)) {
		t.Fatalf("the fourth: %v", err)
	}
	if h.Get("RateLimit") != `"calls";r=0;t=60` {
		t.Errorf("%v", h)
	}
	if err := l.Take(t.Context(), http.Header{}, "other"); err != nil {
		t.Errorf("another key: %v", err)
	}
	clock.Advance(20 * time.Second)
	if err := l.Take(t.Context(), http.Header{}, "m"); err != nil {
		t.Errorf("20 seconds later: %v", err)
	}
	if err := l.Take(t.Context(), http.Header{}, "m"); err == nil {
		t.Error("and another one")
	}
	var none *rate.Limiter
	if err := none.Take(t.Context(), http.Header{}, "m"); err != nil {
		t.Errorf("no limiter: %v", err)
	}
}

// A store that does not answer is told as such: nothing is known.
func TestTake_storeFails(t *testing.T) {
	t.Parallel()
	l := limiter(t, broken{}, 3, time.Now().UTC)
	if err := l.Take(t.Context(), http.Header{}, "m"); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		t.Error(err)
	}
}

type broken struct{ rate.Store }

func (broken) GetWithTime(context.Context, string) (int64, time.Time, error) {
	return 0, time.Time{}, errors.New("gone")
}

// Two nodes on one PostgreSQL, many at once: together they let through what one
// would.
func TestTake_twoNodes(t *testing.T) {
	t.Parallel()
	const calls, tried = 20, 160
	db, clock := approvalstest.OpenPostgres(t), approvalstest.NewClock()
	nodes := []*rate.Limiter{
		limiter(t, approvaldb.NewLimits(db, clock.Now), calls, clock.Now),
		limiter(t, approvaldb.NewLimits(db, clock.Now), calls, clock.Now),
	}
	var through, refused atomic.Int64
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for range tried / 16 {
				switch err := nodes[worker%2].Take(t.Context(), http.Header{}, "m"); {
				case err == nil:
					through.Add(1)
				case errors.Is(err, approvals.Refuse(problem.RateLimited)):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if through.Load() != calls || refused.Load() != tried-calls {
		t.Errorf("%d through, %d refused; want %d and %d", through.Load(), refused.Load(), calls, tried-calls)
	}
}

// A11: what a client says of itself does not change whom it is counted as.
func TestAddresses(t *testing.T) {
	t.Parallel()
	proxies, err := peer.Parse([]string{"10.0.0.5", "10.0.1.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, remote string
		trusted      peer.List
		forwarded    []string
		want         string
	}{
		{"straight", "203.0.113.7:4711", nil, nil, "203.0.113.7"},
		{"claims another", "203.0.113.7:4711", proxies, []string{"198.51.100.1"}, "203.0.113.7"},
		{"one customer of IPv6", "[2001:db8:1:2:3:4:5:6]:1", nil, nil, "2001:db8:1:2::/64"},
		{"mapped", "[::ffff:203.0.113.7]:1", nil, nil, "203.0.113.7"},
		{"a proxy nobody trusts", "10.0.0.5:1", nil, []string{"203.0.113.7"}, ""},
		{"this machine", "127.0.0.1:1", nil, nil, ""},
		{"behind a proxy", "10.0.0.5:1", proxies, []string{"203.0.113.7"}, "203.0.113.7"},
		{"behind two", "10.0.0.5:1", proxies, []string{"203.0.113.7, 10.0.1.9"}, "203.0.113.7"},
		{"in two lines", "10.0.0.5:1", proxies, []string{"203.0.113.7", "10.0.1.9"}, "203.0.113.7"},
		{"made up before", "10.0.0.5:1", proxies, []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"no word of the proxy", "10.0.0.5:1", proxies, nil, ""},
		{"nonsense", "10.0.0.5:1", proxies, []string{"203.0.113.7, x"}, ""},
		{"no address", "@", nil, nil, ""},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := (rate.Addresses{Trusted: c.trusted}).Key(r); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// BenchmarkTake says what one check costs.
func BenchmarkTake(b *testing.B) {
	now := approvalstest.NewClock().Now
	for name, open := range map[string]func(testing.TB) rate.Store{
		"memory":   func(t testing.TB) rate.Store { return memory(t, now) },
		"postgres": func(t testing.TB) rate.Store { return approvaldb.NewLimits(approvalstest.OpenPostgres(t), now) },
	} {
		b.Run(name, func(b *testing.B) {
			l := limiter(b, open(b), 1<<30, now)
			for i := range b.N {
				if err := l.Take(b.Context(), http.Header{}, strconv.Itoa(i%100)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
