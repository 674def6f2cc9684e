package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals/approvalstest"
)

// TestCrash_EveryPlace kills the real binary, as kill -9 does, at the first
// place where it may die, then at the second, and so on until a whole life of
// an action passes unkilled: before and after every commit, every mail, every
// webhook (RELIABILITY §8). Each time the gateway is started again and the
// seller and the marketplace carry on. Nothing may be lost, nothing released
// twice, and every mail must have gone out at least once.
//
// Without -every-place each database takes a share of the places, so that a run
// of everything stays short: SQLite every second of the odd ones, PostgreSQL every
// fourth of the even ones. Where the marks stand does not depend on the database.
func TestCrash_EveryPlace(t *testing.T) {
	t.Parallel()
	binary := buildWithCrashpoints(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		crashEverywhere(t, binary, shareOf(1, 4), func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "gateway.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		crashEverywhere(t, binary, shareOf(2, 8), func(t *testing.T) string { return approvalstest.MigratedPostgres(t) })
	})
}

// maxPlaces ends a loop that would never end.
const maxPlaces = 400

var everyPlace = flag.Bool("every-place", false, "kill the gateway at every place, on both databases")

// share is which places a run takes: the first, and then one in so many.
type share struct{ first, stride int }

func shareOf(first, stride int) share {
	if *everyPlace {
		return share{1, 1}
	}
	return share{first, stride}
}

func crashEverywhere(t *testing.T, binary string, places share, database func(*testing.T) string) {
	t.Helper()
	names := map[string]int{}
	for n := places.first; ; n += places.stride {
		if n > maxPlaces {
			t.Fatalf("still crashing after %d places", maxPlaces)
		}
		killed := false
		ok := t.Run(fmt.Sprintf("place %d", n), func(t *testing.T) {
			l := newLife(t, binary, database(t))
			l.crashAt(n)
			l.live()
			l.check()
			killed = l.kills > 0
			for _, name := range placesIn(t, l.places) {
				names[name]++
			}
		})
		if !ok {
			t.FailNow()
		}
		if !killed {
			t.Logf("fewer than %d places, %d kinds", n, len(names))
			break
		}
	}
	for _, want := range []string{"before commit", "after commit", "mail before send", "mail after send", "webhook before post", "webhook after post"} {
		if names[want] == 0 {
			t.Errorf("the gateway was never at %q", want)
		}
	}
}

// placesIn reads the names of the marks a gateway passed.
func placesIn(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		_, name, _ := strings.Cut(lines.Text(), " ")
		names = append(names, name)
	}
	return names
}
