package deliver

import (
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/approvals"
)

// Places of one node (RELIABILITY §11, F-37): an endpoint that hangs holds a
// few of them and no more, and neither do all endpoints of one marketplace hold
// those that others need, also where both send to the same host.
const (
	perHost        = 8 // of one marketplace
	perMarketplace = 16
)

// Bounds of how far apart those come again who found no place.
const (
	minSpacing = 10 * time.Millisecond
	maxSpacing = 2 * time.Second
	firstGuess = 200 * time.Millisecond // of how long a place is held, before anybody has left
)

// lanes count who is on the road, by marketplace and by its hosts. Nobody waits in
// it: who finds no place is told when to come again, each a little later than
// the one before, at the pace at which places come free.
type lanes struct {
	now func() time.Time

	mu           sync.Mutex
	hosts        map[hostLane]*lane
	marketplaces map[approvals.MarketplaceID]*lane
}

// hostLane is one host, for one marketplace.
type hostLane struct {
	marketplace approvals.MarketplaceID
	host        string
}

// lane is one host of a marketplace, or one marketplace.
type lane struct {
	taken int
	usual time.Duration // that a place is held, smoothed
	again time.Time     // when the next one without a place is to come
}

func (l *lanes) enter(e approvals.Endpoint) (leave func(), wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts == nil {
		l.hosts, l.marketplaces = map[hostLane]*lane{}, map[approvals.MarketplaceID]*lane{}
	}
	host, now := hostLane{e.Marketplace, hostOf(e.URL)}, l.now()
	ofHost, ofMarketplace := laneOf(l.hosts, host), laneOf(l.marketplaces, e.Marketplace)
	switch {
	case ofHost.taken >= perHost:
		return nil, ofHost.later(now, perHost)
	case ofMarketplace.taken >= perMarketplace:
		return nil, ofMarketplace.later(now, perMarketplace)
	}
	l.hosts[host], l.marketplaces[e.Marketplace] = ofHost, ofMarketplace
	ofHost.taken++
	ofMarketplace.taken++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		held := l.now().Sub(now)
		if ofHost.left(held) {
			delete(l.hosts, host)
		}
		if ofMarketplace.left(held) {
			delete(l.marketplaces, e.Marketplace)
		}
	}), 0
}

// laneOf is the lane that somebody is on, or an empty one.
func laneOf[K comparable](all map[K]*lane, k K) *lane {
	if l := all[k]; l != nil {
		return l
	}
	return &lane{usual: firstGuess}
}

// later gives out the next time to come again.
func (l *lane) later(now time.Time, places int) time.Duration {
	spacing := min(max(l.usual/time.Duration(places), minSpacing), maxSpacing)
	if soonest := now.Add(l.usual); l.again.Before(soonest) {
		l.again = soonest
	}
	l.again = l.again.Add(spacing)
	return l.again.Sub(now)
}

// left gives a place back and reports whether nobody is on the lane any more.
func (l *lane) left(held time.Duration) bool {
	l.taken--
	l.usual = (3*l.usual + min(max(held, 0), attemptTimeout)) / 4
	return l.taken == 0
}

// hostOf is what counts as one host: its name without the port.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}
