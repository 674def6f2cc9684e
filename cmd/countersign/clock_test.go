package main

import (
	"testing"
	"time"
)

// A node that reads an offset, is overtaken by its own advance, and then takes
// over what it read must not turn its clock back.
func TestRule16_AnOffsetReadEarlierTurnsNothingBack(t *testing.T) {
	t.Parallel()
	var c Clock
	c.Raise(time.Hour)
	c.Raise(time.Minute)
	if c.Offset() != time.Hour {
		t.Errorf("offset %v", c.Offset())
	}
	c.Raise(2 * time.Hour)
	if c.Offset() != 2*time.Hour {
		t.Errorf("offset %v", c.Offset())
	}
}
