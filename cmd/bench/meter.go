package main

import (
	"context"
	"time"
)

// meter adds up the processor time that the turns of a contender in this
// process cost, the warm-up left out.
type meter struct {
	databaseCPU   func() time.Duration
	warm          bool
	done          float64
	own, database time.Duration
}

func (m *meter) metered(c contender) contender {
	run := c.run
	c.run = func(ctx context.Context, d time.Duration) (float64, error) {
		own, server, began := ownCPU(), m.databaseCPU(), time.Now()
		rate, err := run(ctx, d)
		if m.warm {
			m.done += rate * time.Since(began).Seconds()
			m.own += ownCPU() - own
			m.database += m.databaseCPU() - server
		}
		m.warm = true
		return rate, err
	}
	return c
}

// String says where the processor time went.
func (m *meter) String() string {
	s := "engine " + perLifecycle(m.own, m.done)
	if m.database > 0 {
		s += ", PostgreSQL " + perLifecycle(m.database, m.done)
	}
	return s
}

func perLifecycle(cpu time.Duration, lifecycles float64) string {
	return short(cpu.Seconds()*1000/lifecycles) + " ms"
}
