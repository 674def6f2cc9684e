package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	if playPeer() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figure is one line of the table of targets.
type figure struct {
	id   string
	run  func(context.Context, *bench) error
	what string
}

// figures are all there are, cheapest first: those that fill a database come
// last.
func figures() []figure {
	return []figure{
		{"P1", passThrough, "requests that need no approval, through the reverse proxy"},
		{"P2", askedOrdinary, "requests without an action that nginx asks about, by forward-auth"},
		{"P3", askedReleased, "released requests that nginx asks about, by forward-auth"},
		{"P12", proofCost, "CPU of a passkey proof"},
		{"P5", engineSQLite, "lifecycles of the engine alone on SQLite"},
		{"P4", enginePostgres, "lifecycles of the engine alone on PostgreSQL"},
		{"P6", endToEnd, "lifecycles end to end, on both databases"},
		{"P11", size, "memory and disk"},
		{"P7", timers, "lateness and idle cost of timers"},
		{"P13", decisions, "cost of a policy's decision with many actions present"},
		{"P9", growth, "throughput with many actions present"},
	}
}

// run measures what args ask for and prints it.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	b, err := openBench(o, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	b.say("countersign bench: %s/%s, %d cores, %s, load %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), loadNow())
	var failed []error
	for _, f := range figures() {
		if !o.wants(f.id) {
			continue
		}
		if err := f.run(ctx, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.say("%s could not be measured: %v\n", f.id, err)
			failed = append(failed, fmt.Errorf("%s: %w", f.id, err))
		}
	}
	return errors.Join(failed...)
}
