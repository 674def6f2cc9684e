package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// pgbench runs PostgreSQL's own benchmark with the moves of a lifecycle: the
// peer on PostgreSQL. One run of the script is one lifecycle.
type pgbench struct {
	program string
	env     []string
	dir     string
	best    way
	others  []way // the same moves asked for in another way
}

// way is one way of asking for the moves of a lifecycle.
type way struct {
	name    string
	file    string
	clients int     // that it does most with
	rate    float64 // when that was found out
}

// byHand are the tables of the peers: an action with its payload and deadline,
// and its events.
var byHand = map[string][]string{
	postgresKind: {
		`CREATE TABLE moved (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seller text NOT NULL, details bytea NOT NULL,
			state text NOT NULL, version bigint NOT NULL, moved_at timestamptz NOT NULL, due_at timestamptz)`,
		`CREATE INDEX moved_due ON moved (due_at) WHERE due_at IS NOT NULL`,
		`CREATE TABLE happened (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, action bigint NOT NULL, version bigint NOT NULL,
			verb text NOT NULL, at timestamptz NOT NULL, data text NOT NULL)`,
		`CREATE UNIQUE INDEX happened_once ON happened (action, version)`,
	},
	sqliteKind: {
		`CREATE TABLE moved (id INTEGER PRIMARY KEY, seller TEXT NOT NULL, details BLOB NOT NULL,
			state TEXT NOT NULL, version INTEGER NOT NULL, moved_at INTEGER NOT NULL, due_at INTEGER) STRICT`,
		`CREATE INDEX moved_due ON moved (due_at) WHERE due_at IS NOT NULL`,
		`CREATE TABLE happened (id INTEGER PRIMARY KEY, action INTEGER NOT NULL, version INTEGER NOT NULL,
			verb TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL) STRICT`,
		`CREATE UNIQUE INDEX happened_once ON happened (action, version)`,
	},
}

// verbs are the moves of one lifecycle, each a commit.
var verbs = []string{"create", "step_up", "notices_accepted", "open_confirmation", "confirm", "claim", "result"}

// newPgbench finds the program, prepares its tables and looks for the way of
// running it that does most.
func (b *bench) newPgbench(ctx context.Context) (*pgbench, error) {
	if b.pgbench != nil {
		return b.pgbench, nil
	}
	p := &pgbench{dir: b.dir}
	var err error
	if p.program, err = findPgbench(); err != nil {
		return nil, err
	}
	database, err := b.emptyDatabase(ctx, postgresKind)
	if err != nil {
		return nil, err
	}
	if err := p.prepare(ctx, database); err != nil {
		return nil, err
	}
	if err := p.probe(ctx, max(b.turn/3, time.Second)); err != nil {
		return nil, err
	}
	b.pgbench = p
	return p, nil
}

func findPgbench() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // Debian keeps it out of PATH
	if len(found) == 0 {
		return "", errors.New("pgbench is not installed (Debian: apt-get install postgresql-contrib)")
	}
	return found[len(found)-1], nil
}

func (p *pgbench) prepare(ctx context.Context, database string) error {
	u, err := url.Parse(database)
	if err != nil {
		return err
	}
	password, _ := u.User.Password() // not on the command line, where others see it
	p.env = append(os.Environ(), "PGHOST="+u.Hostname(), "PGPORT="+u.Port(), "PGUSER="+u.User.Username(),
		"PGPASSWORD="+password, "PGDATABASE="+strings.TrimPrefix(u.Path, "/"), "PGSSLMODE=disable")
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	for _, statement := range byHand[postgresKind] {
		if _, err := c.Exec(ctx, statement); err != nil {
			return errors.Join(err, c.Close(ctx))
		}
	}
	return c.Close(ctx)
}

// probe finds out how many callers do most in each way, and which way is best:
// the textbook's four round trips a move, or one statement that does both.
func (p *pgbench) probe(ctx context.Context, d time.Duration) error {
	for _, s := range []struct{ name, script string }{{"BEGIN to COMMIT", fourTrips()}, {"one statement a move", oneTrip()}} {
		w := way{file: filepath.Join(p.dir, fmt.Sprintf("lifecycle-%d.sql", len(s.script)))}
		if err := os.WriteFile(w.file, []byte(s.script), 0o600); err != nil {
			return err
		}
		for _, clients := range []int{16, 64, 128} {
			rate, err := p.execute(ctx, w.file, clients, d)
			if err != nil {
				return err
			}
			if rate > w.rate {
				w.rate, w.clients = rate, clients
			}
		}
		w.name = fmt.Sprintf("pgbench, %s, %d", s.name, w.clients)
		if w.rate > p.best.rate {
			w, p.best = p.best, w
		}
		if w.rate > 0 {
			p.others = append(p.others, w)
		}
	}
	if p.best.rate == 0 {
		return errors.New("pgbench finished nothing; give it a longer -turn")
	}
	return nil
}

// contender is a way of running it, as a peer.
func (p *pgbench) contender(w way) contender {
	return contender{w.name, func(ctx context.Context, d time.Duration) (float64, error) {
		return p.execute(ctx, w.file, w.clients, d)
	}}
}

// slower are the ways that are not the best, for the reader.
func (p *pgbench) slower() []contender {
	var all []contender
	for _, w := range p.others {
		all = append(all, p.contender(w))
	}
	return all
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

func (p *pgbench) execute(ctx context.Context, script string, clients int, d time.Duration) (float64, error) {
	seconds := max(1, int(d.Round(time.Second).Seconds()))
	cmd := exec.CommandContext(ctx, p.program, "-n", "-M", "prepared", "-j", "2", "-c", strconv.Itoa(clients), "-T", strconv.Itoa(seconds), "-f", script)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	found := tps.FindSubmatch(out)
	if found == nil {
		return 0, nil // not one script was finished
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
