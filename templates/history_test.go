package templates

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestHistoryCSV: one line an entry, in the reader's words and zone, and no
// cell that a spreadsheet would run.
func TestHistoryCSV(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	p := History{Frame: sampleFrame(), Entries: []HistoryEntry{
		{
			At: time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC), Kind: approvals.PayoutAccountChange, New: "4300", State: approvals.Executed,
			Reference: "=1+1", Place: Place{IP: "@evil"}, Device: Device{Browser: "Firefox"},
		},
		{At: time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC), Verb: "lock"},
	}}
	for l, want := range map[Locale][]string{
		EN: {"2026-07-01T12:00:00+02:00", "Change of payout account to the one ending 4300", "In use", "'=1+1", "Firefox", "IP @evil"},
		IT: {"2026-07-01T12:00:00+02:00", "Cambio del conto per i pagamenti con quello che finisce con 4300", "In uso", "'=1+1", "Firefox", "IP @evil"},
	} {
		var b bytes.Buffer
		if err := r.HistoryCSV(&b, l, p, false); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(lines) != 3 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		if got := strings.Join(lines[1], "|"); got != strings.Join(want, "|") {
			t.Errorf("%s: %s", l, got)
		}
		if lines[2][0] != "2026-01-01T11:00:00+01:00" || lines[2][2] != "" {
			t.Errorf("%s: %q", l, lines[2])
		}
	}
	var b bytes.Buffer
	if err := r.HistoryCSV(&b, EN, p, true); err != nil || !strings.Contains(b.String(), "left out") {
		t.Errorf("%v, %s", err, b.String())
	}
	for _, cell := range []string{"=x", "+x", "-x", "@x", "\tx", "\rx"} {
		if notFormula(cell) != "'"+cell {
			t.Errorf("%q stays", cell)
		}
	}
	if err := r.HistoryCSV(&b, "xx", p, false); err == nil {
		t.Error("a locale that is none")
	}
	if err := r.HistoryCSV(failing{}, EN, p, false); err == nil {
		t.Error("a reader that is gone")
	}
	p.Entries = []HistoryEntry{{Verb: "no_such_verb"}}
	if err := r.HistoryCSV(&b, EN, p, false); err == nil {
		t.Error("a verb without words")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("gone") }

// TestHistoryPeriods: thirteen months, or less.
func TestHistoryPeriods(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for p, want := range map[HistoryPeriod]string{HistoryWhole: "2025-10-23", HistoryQuarter: "2026-08-25", HistoryMonth: "2026-10-24", "odd": "2025-10-23"} {
		if got := p.Since(now).Format(time.DateOnly); got != want {
			t.Errorf("%s since %s, want %s", p, got, want)
		}
	}
}
