package desk

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// log is what was decided, newest first.
type log []Past

func (l log) Past(_ context.Context, before approvals.ActionID, limit int) ([]Past, error) {
	i := 0
	for before != "" && i < len(l) && l[i].ID >= before {
		i++
	}
	return l[i:min(len(l), i+limit)], nil
}

// 1,200 actions over 1,200 hours, decided on a code from a new device; every
// tenth recorded nothing.
func decided(now time.Time) log {
	var l log
	for i := range 1200 {
		p := Past{
			ID: approvals.ActionID(fmt.Sprintf("%05d", 99999-i)), Reference: fmt.Sprint("BD-", i), Kind: approvals.PayoutAccountChange,
			CreatedAt: now.Add(-time.Duration(i) * time.Hour),
		}
		if i%10 != 0 {
			p.Decision.Inputs = map[string]any{"method": "totp", "device_age_hours": float64(1), "first_destination": false}
		}
		l = append(l, p)
	}
	return l
}

func TestReplayOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	text := strings.ReplaceAll(string(risk.Default().Source()), "{hours: 168, require: [independent_proof]", "{hours: 200, require: [independent_proof]")
	draft, err := risk.Parse("draft", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		since         time.Duration
		max           int
		judged, blind int
		more          bool
	}{
		"a week":          {167 * time.Hour, 1 << 20, 151, 17, false},
		"everything":      {9999 * time.Hour, 1 << 20, 1080, 120, false},
		"no more than so": {9999 * time.Hour, 600, 540, 60, true},
	} {
		got, err := ReplayOf(t.Context(), decided(now), risk.Default(), draft, now.Add(-tt.since), tt.max)
		if err != nil || got.Judged != tt.judged || got.Blind != tt.blind || got.More != tt.more || got.Changed != tt.judged {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		want := Difference{approvals.PayoutAccountChange, "wait", "168 h", "200 h", tt.judged}
		if len(got.Counts) != 1 || got.Counts[0] != want || len(got.Examples) != 20 || got.Examples[0].Reference != "BD-1" {
			t.Errorf("%s: %+v, %+v", name, got.Counts, got.Examples)
		}
	}
	same, err := ReplayOf(t.Context(), decided(now), risk.Default(), risk.Default(), now.Add(-24*time.Hour), 100)
	if err != nil || same.Changed != 0 || len(same.Counts) != 0 {
		t.Errorf("the same policy: %+v, %v", same, err)
	}
}
