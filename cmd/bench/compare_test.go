package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// A verdict needs a peer that agrees with itself.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target      target
		ratio, self float64
		want        string
	}{
		{target{ratio: 4}, 4, 1, "met"},
		{target{ratio: 4}, 3.9, 1, "not met"},
		{target{ratio: 4}, 9, 1.11, "too noisy"},
		{target{ratio: 4}, 9, 0.89, "too noisy"},
		{target{ratio: 1.5, atMost: true}, 1.5, 0.9, "met"},
		{target{ratio: 1.5, atMost: true}, 1.6, 1.1, "not met"},
	} {
		r := compared{ratio: spreadOf([]float64{c.ratio}), self: spreadOf([]float64{c.self})}
		if got := verdict(c.target, r); got != c.want {
			t.Errorf("%v, ratio %v, self %v: %s, want %s", c.target, c.ratio, c.self, got, c.want)
		}
	}
}

// Each round is the peer, ours, the others, the peer again.
func TestCompareTakesTurns(t *testing.T) {
	t.Parallel()
	var order []string
	contend := func(name string, rates ...float64) contender {
		return contender{name, func(context.Context, time.Duration) (float64, error) {
			order = append(order, name)
			rate := rates[0]
			rates = append(rates[1:], rate)
			return rate, nil
		}}
	}
	b := &bench{options: options{rounds: 2, turn: time.Second}, out: io.Discard}
	got, err := b.compare(t.Context(), comparison{ours: contend("ours", 30), peer: contend("peer", 10, 20), others: []contender{contend("other", 7)}})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("peer ours other peer ", 3); strings.Join(order, " ")+" " != want {
		t.Errorf("turns were %v", order)
	}
	if got.ratio.median != 2 || got.self.median != 2 || got.others[0].median != 7 {
		t.Errorf("compared %+v", got)
	}
}
