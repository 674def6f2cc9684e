package deliver

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// TestLanes: a marketplace has 8 places at a host and 16 in all, whatever hosts
// it has, and others have theirs, at the same host too; who finds none is told when to come again, each later
// than the one before.
func TestLanes(t *testing.T) {
	t.Parallel()
	now := at
	l := &lanes{now: func() time.Time { return now }}
	endpoint := func(host, marketplace string) approvals.Endpoint {
		return approvals.Endpoint{URL: "https://" + host + "/hooks", Marketplace: approvals.MarketplaceID(marketplace)}
	}
	var leaves []func()
	taken := func(n int, e func(i int) approvals.Endpoint) (got int) {
		for i := range n {
			if leave, _ := l.enter(e(i)); leave != nil {
				leaves = append(leaves, leave)
				got++
			}
		}
		return got
	}
	if n := taken(20, func(int) approvals.Endpoint { return endpoint("one.example", "m") }); n != perHost {
		t.Errorf("a host has %d places", n)
	}
	if n := taken(5, func(int) approvals.Endpoint { return endpoint("ONE.example.:8443", "m") }); n != 0 {
		t.Errorf("another spelling of the host had %d places", n)
	}
	if n := taken(5, func(int) approvals.Endpoint { return endpoint("one.example", "other") }); n != 5 {
		t.Errorf("another marketplace got %d of 5 at the same host", n)
	}
	if n := taken(20, func(i int) approvals.Endpoint { return endpoint(fmt.Sprintf("h%d.example", i), "m") }); n != perMarketplace-perHost {
		t.Errorf("a marketplace has %d places more", n)
	}
	if n := taken(3, func(int) approvals.Endpoint { return endpoint("two.example", "n") }); n != 3 {
		t.Errorf("another marketplace got %d of 3", n)
	}
	last := time.Duration(0)
	for range 10 {
		_, wait := l.enter(endpoint("one.example", "m"))
		if wait <= last {
			t.Errorf("told to wait %v after %v", wait, last)
		}
		last = wait
	}
	now = now.Add(4 * time.Second)
	for _, leave := range leaves {
		leave()
		leave() // twice gives back one place
	}
	if len(l.hosts) != 0 || len(l.marketplaces) != 0 {
		t.Errorf("kept %d hosts and %d marketplaces", len(l.hosts), len(l.marketplaces))
	}
	if n := taken(20, func(int) approvals.Endpoint { return endpoint("one.example", "m") }); n != perHost {
		t.Errorf("afterwards a host has %d places", n)
	}
}
