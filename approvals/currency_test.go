package approvals_test

import (
	"math"
	"testing"

	"countersign/approvals"
)

// TestTimes: sums fit into each other by their smallest unit, and what is no sum of
// money fits nowhere.
func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sum, unit, currency string
		want                int
	}{
		{"29.99", "10.00", "GBP", 2},
		{"30.00", "10.00", "GBP", 3},
		{"999", "1000", "JPY", 0},
		{"9999999999999999.99", "0.01", "EUR", math.MaxInt32},
	} {
		if got, err := approvals.Times(c.sum, c.unit, c.currency); got != c.want || err != nil {
			t.Errorf("%s in %s: %d, %v", c.unit, c.sum, got, err)
		}
	}
	for _, c := range [][3]string{{"1.00", "0.00", "GBP"}, {"1", "1.00", "GBP"}, {"1.00", "1.00", "XXX"}, {"-1.00", "1.00", "GBP"}, {"", "1.00", "GBP"}} {
		if n, err := approvals.Times(c[0], c[1], c[2]); err == nil {
			t.Errorf("%v: %d", c, n)
		}
	}
}
