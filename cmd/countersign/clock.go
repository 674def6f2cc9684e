package main

import (
	"sync/atomic"
	"time"
)

// Clock is the gateway's only clock: UTC, in microseconds, as stored. A test
// gateway's runs ahead of the machine's by an offset kept in the database.
type Clock struct {
	offset atomic.Int64
}

// Now returns the gateway's time.
func (c *Clock) Now() time.Time {
	return c.Machine().Add(c.Offset())
}

// Machine returns the machine's time.
func (c *Clock) Machine() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Offset returns how far the gateway's time is ahead.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Raise moves the gateway's time ahead to this offset, never back: the offset
// may have been read before this node moved the time itself.
func (c *Clock) Raise(d time.Duration) {
	for {
		old := c.offset.Load()
		if int64(d) <= old || c.offset.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}
