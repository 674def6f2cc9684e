package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options say what to measure and for how long.
type options struct {
	only    []string
	rounds  int
	turn    time.Duration // of one contender in one round
	sellers int           // that are busy at once, end to end
	few     int           // actions in a small database
	many    int           // actions in a large one
	due     int           // timers that fall due in one round
	binary  string        // of the gateway; empty: built
	on      string        // the only kind of database; empty: both
}

const (
	fewActions   = 1_000
	shortActions = 100_000
	fullActions  = 1_000_000
)

// What -on takes.
const (
	onSQLite   = "sqlite"
	onPostgres = "postgresql"
)

// words name figures as people do: "bench proxy".
var words = map[string]string{"proxy": "P1,P2,P3", "risk": "P13"}

func parseOptions(args []string, usage io.Writer) (options, error) {
	var o options
	var only, size string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&only, "only", "", "measure only these, as in P6,P12 (default all)")
	f.StringVar(&size, "size", "short", "short: up to 100,000 actions; full: a million and longer turns")
	f.IntVar(&o.rounds, "rounds", 3, "`rounds` after the warm-up")
	f.DurationVar(&o.turn, "turn", 0, "`time` of one contender in one round (default 3s; full: 10s)")
	f.IntVar(&o.sellers, "sellers", 256, "`sellers` that are busy at once, end to end")
	f.IntVar(&o.many, "actions", 0, "`actions` in a large database, in place of what -size says")
	f.IntVar(&o.due, "due", 200, "`timers` that fall due in one round")
	f.StringVar(&o.binary, "binary", "", "`file` of the gateway's program (default: build it)")
	f.StringVar(&o.on, "on", "", "measure on this `database` alone, sqlite or postgresql")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.few = fewActions
	switch {
	case f.NArg() == 1 && words[f.Arg(0)] != "" && only == "":
		only = words[f.Arg(0)]
		if f.Arg(0) == "risk" && o.many == 0 {
			o.many = fullActions // what a decision costs is a question of size
		}
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is not an option", f.Arg(0))
	}
	switch {
	case size == "short":
		o.sized(3*time.Second, shortActions)
	case size == "full":
		o.sized(10*time.Second, fullActions)
	default:
		return o, errors.New("-size must be short or full")
	}
	switch o.on {
	case "", onSQLite, onPostgres:
	default:
		return o, fmt.Errorf("-on must be %s or %s", onSQLite, onPostgres)
	}
	if o.rounds < 1 || o.sellers < 1 || o.many < 1 || o.due < 1 || o.turn < time.Millisecond {
		return o, errors.New("-rounds, -sellers, -actions, -due and -turn must be more than 0")
	}
	return o, o.choose(only)
}

// sized fills in what the command line left out.
func (o *options) sized(turn time.Duration, many int) {
	if o.turn == 0 {
		o.turn = turn
	}
	if o.many == 0 {
		o.many = many
	}
	o.few = min(o.few, o.many)
}

func (o *options) choose(only string) error {
	if only == "" {
		return nil
	}
	for id := range strings.SplitSeq(strings.ToUpper(only), ",") {
		if !slices.ContainsFunc(figures(), func(f figure) bool { return f.id == id }) {
			var known []string
			for _, f := range figures() {
				known = append(known, f.id+" ("+f.what+")")
			}
			return fmt.Errorf("-only %s: there is %s", id, strings.Join(known, ", "))
		}
		o.only = append(o.only, id)
	}
	return nil
}

func (o options) wants(id string) bool { return len(o.only) == 0 || slices.Contains(o.only, id) }
