package main

import (
	"math"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"odd", []float64{3, 1, 2}, "2.00 (1.00 to 3.00)"},
		{"even", []float64{4, 1, 2, 3}, "2.50 (1.00 to 4.00)"},
		{"one", []float64{0.0684}, "0.0684 (0.0684 to 0.0684)"},
		{"large", []float64{1234.5}, "1234 (1234 to 1234)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := spreadOf(c.values).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if !math.IsNaN(spreadOf(nil).median) {
		t.Error("nothing has a median")
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := range 200 {
		all = append(all, time.Duration(200-i))
	}
	for part, want := range map[float64]time.Duration{0.5: 100, 0.99: 198, 1: 200, 0: 1} {
		if got := quantile(all, part); got != want {
			t.Errorf("quantile %v is %d, want %d", part, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("nothing has the quantile %d", got)
	}
}
