package main

import (
	"context"
	"fmt"
	"time"
)

// contender is one of the things that are compared.
type contender struct {
	name string
	// run works for about d and returns what it did by the second, or whatever
	// else the comparison is of.
	run func(ctx context.Context, d time.Duration) (float64, error)
}

// comparison sets ours against a peer of the same run.
type comparison struct {
	figure, what string
	unit         string
	ours, peer   contender
	others       []contender // measured beside them, for the reader
	target       target
	cold         bool // needs no warm-up
}

// target is what a ratio should be.
type target struct {
	atMost bool // else at least
	ratio  float64
	note   string // printed after it
}

func (t target) String() string {
	sign := "at least"
	if t.atMost {
		sign = "at most"
	}
	return fmt.Sprintf("target %s %s%s", sign, short(t.ratio), t.note)
}

func (t target) met(ratio float64) bool {
	if t.atMost {
		return ratio <= t.ratio
	}
	return ratio >= t.ratio
}

// Outside of these the peer does not even agree with itself.
const quietLow, quietHigh = 0.9, 1.1

// compared is what came out.
type compared struct {
	ours, peer spread
	others     []spread
	ratio      spread // ours through the peer's mean of the same round
	self       spread // the peer's second turn through its first
}

func (c compared) quiet() bool { return c.self.median >= quietLow && c.self.median <= quietHigh }

// compare runs the rounds and prints the outcome.
func (b *bench) compare(ctx context.Context, c comparison) (compared, error) {
	b.say("%-4s %s\n", c.figure, c.what)
	if !c.cold {
		if _, err := b.round(ctx, c, max(b.turn/3, time.Millisecond)); err != nil {
			return compared{}, err
		}
	}
	var ours, peer, ratio, self []float64
	others := make([][]float64, len(c.others))
	for range b.rounds {
		r, err := b.round(ctx, c, b.turn)
		if err != nil {
			return compared{}, err
		}
		mean := (r.before + r.after) / 2
		ours, peer = append(ours, r.ours), append(peer, mean)
		ratio, self = append(ratio, r.ours/mean), append(self, r.after/r.before)
		for i, v := range r.others {
			others[i] = append(others[i], v)
		}
	}
	out := compared{ours: spreadOf(ours), peer: spreadOf(peer), ratio: spreadOf(ratio), self: spreadOf(self)}
	for _, o := range others {
		out.others = append(out.others, spreadOf(o))
	}
	b.report(c, out)
	return out, nil
}

// turns is one round: the peer, ours, the others, the peer again.
type turns struct {
	before, ours, after float64
	others              []float64
}

func (b *bench) round(ctx context.Context, c comparison, d time.Duration) (turns, error) {
	var r turns
	var err error
	if r.before, err = c.peer.turn(ctx, d); err != nil {
		return r, err
	}
	if r.ours, err = c.ours.turn(ctx, d); err != nil {
		return r, err
	}
	for _, o := range c.others {
		v, err := o.turn(ctx, d)
		if err != nil {
			return r, err
		}
		r.others = append(r.others, v)
	}
	r.after, err = c.peer.turn(ctx, d)
	return r, err
}

func (c contender) turn(ctx context.Context, d time.Duration) (float64, error) {
	v, err := c.run(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	if v <= 0 {
		return 0, fmt.Errorf("%s: did nothing in %s; give it a longer -turn", c.name, d)
	}
	return v, nil
}

func (b *bench) report(c comparison, r compared) {
	b.line(c.ours.name, "%s %s", r.ours, c.unit)
	b.line(c.peer.name, "%s %s", r.peer, c.unit)
	for i, o := range c.others {
		b.line(o.name, "%s %s", r.others[i], c.unit)
	}
	b.line("ratio", "%s, %s: %s", r.ratio, c.target, verdict(c.target, r))
	b.line("peer against itself", "%s, load %s", r.self, loadNow())
}

func verdict(t target, r compared) string {
	switch {
	case !r.quiet():
		return "too noisy"
	case t.met(r.ratio.median):
		return "met"
	}
	return "not met"
}
