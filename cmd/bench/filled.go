package main

import (
	"context"
	"fmt"
	"time"
)

// filled returns the engine of a database with n actions in it. It is made once
// and shared by the figures that need one; bench closes it.
func (b *bench) filled(ctx context.Context, kind string, n int) (*engine, error) {
	name := fmt.Sprintf("%s %d", kind, n)
	if e := b.crowded[name]; e != nil {
		return e, nil
	}
	url, err := b.newDatabase(ctx, kind)
	if err != nil {
		return nil, err
	}
	e, err := openEngine(ctx, url, b.keys)
	if err != nil {
		return nil, err
	}
	b.crowded[name] = e
	began := time.Now()
	if err := e.crowd(ctx, n); err != nil {
		return nil, err
	}
	b.line(kind, "%d actions put in, in %s", n, time.Since(began).Round(time.Second))
	return e, nil
}
