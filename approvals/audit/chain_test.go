package audit

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What somebody with a database shell can do to the moves of an action is seen (N6).
func TestChain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	whole := func() []Event {
		return []Event{
			{Action: "a", Version: 2, From: "awaiting_step_up", To: "notifying", At: at.Add(time.Minute)},
			{Action: "a", Version: 1, To: "awaiting_step_up", At: at},
			{Action: "a", Version: 3, From: "notifying", To: "cooling_off", At: at.Add(time.Hour)},
			{Action: "b", Version: 1, To: "awaiting_step_up", At: at},
		}
	}
	heads := []Head{{"a", "cooling_off", 3}, {"b", "awaiting_step_up", 1}}
	for name, tt := range map[string]struct {
		change func([]Event) []Event
		heads  []Head
		want   string
	}{
		"as written":       {func(e []Event) []Event { return e }, heads, ""},
		"first dropped":    {func(e []Event) []Event { return slices.Delete(e, 1, 2) }, heads, "a 1: move 1 is missing"},
		"middle dropped":   {func(e []Event) []Event { return slices.Delete(e, 0, 1) }, heads, "a 2: move 2 is missing"},
		"last dropped":     {func(e []Event) []Event { return slices.Delete(e, 2, 3) }, heads, "a 3: it has 2 moves"},
		"all dropped":      {func(e []Event) []Event { return e[:3] }, heads, "b 1: it has 0 moves"},
		"inserted":         {func(e []Event) []Event { return append(e, e[0]) }, heads, "a 2: move 2 is there twice"},
		"swapped":          {func(e []Event) []Event { e[0].Version, e[2].Version = 3, 2; return e }, heads, "a 2: move 2 begins in"},
		"begun in between": {func(e []Event) []Event { e[1].From = "held"; return e }, heads, "a 1: move 1 begins in"},
		"another end":      {func(e []Event) []Event { e[2].To = "held"; return e }, heads, "a 3: its last move ended in"},
		"antedated":        {func(e []Event) []Event { e[2].At = at; return e }, heads, "a 3: move 3 was made before"},
		"another's":        {func(e []Event) []Event { e[3].Action = "c"; return e }, heads[:1], "c 1: it has moves"},
		"another state":    {func(e []Event) []Event { return e }, []Head{{"a", "approved", 3}, heads[1]}, "a 3: its last move ended in"},
	} {
		var got []string
		for _, f := range Chain(tt.change(whole()), tt.heads) {
			got = append(got, f.Action+" "+string(rune('0'+f.Version))+": "+f.What)
		}
		if s := strings.Join(got, "; "); tt.want == "" && s != "" || !strings.HasPrefix(s, tt.want) || len(got) > 1 {
			t.Errorf("%s: %q, want %q", name, s, tt.want)
		}
	}
}
