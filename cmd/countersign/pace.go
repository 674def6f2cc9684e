package main

import (
	"context"
	"time"

	"countersign/approvals/desk"
)

// paceEvery is how often it is worked out how fast cases are answered.
const paceEvery = time.Minute

// pace keeps how fast cases are answered where operators look.
type pace struct {
	find  func(ctx context.Context, now time.Time) (week, month desk.Pace, err error)
	gauge func(desk.Pace)
	at    time.Time
}

func (p *pace) look(ctx context.Context, now time.Time) error {
	if !p.at.IsZero() && now.Sub(p.at) < paceEvery {
		return nil
	}
	week, month, err := p.find(ctx, now)
	if err != nil {
		return err
	}
	p.at = now
	p.gauge(week)
	p.gauge(month)
	return nil
}
