package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// calls is a transport that takes the time of each call.
type calls struct {
	next http.RoundTripper

	mu    sync.Mutex
	on    bool
	times map[string][]time.Duration
}

func newCalls(connections int) *calls {
	return &calls{
		next:  &http.Transport{MaxIdleConnsPerHost: connections, MaxIdleConns: connections, IdleConnTimeout: time.Minute},
		times: map[string][]time.Duration{},
	}
}

// RoundTrip implements http.RoundTripper.
func (c *calls) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := c.next.RoundTrip(r)
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.on {
		name := r.Method + " " + route(r.URL.Path)
		c.times[name] = append(c.times[name], took)
	}
	return res, err
}

func (c *calls) record(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
}

// route is a path without what is particular to one action.
func route(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		switch parts[i-1] {
		case "actions":
			parts[i] = "{action}"
		case "h", "confirm":
			if len(parts[i]) > 20 {
				parts[i] = "{token}"
			}
		}
	}
	return strings.Join(parts, "/")
}

// report prints the time of each call, those of the API first.
func (c *calls) report(b *bench) {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.SortedFunc(maps.Keys(c.times), func(x, y string) int {
		api := func(s string) int {
			if strings.Contains(s, " /v1/") {
				return 0
			}
			return 1
		}
		if d := api(x) - api(y); d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		t := c.times[name]
		b.line(name, "p50 %s, p99 %s, of %d", millis(quantile(t, 0.5)), millis(quantile(t, 0.99)), len(t))
	}
}
