package page

import (
	"context"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
	"countersign/templates"
)

// How far back a page asks what a draft would have done: no further than is
// answered while the reader waits.
const (
	replayDays = 30
	replayMax  = 5000
)

// Replayed is what draft would have done instead of old.
func Replayed(ctx context.Context, h desk.History, old, draft *risk.Policy, now time.Time) (*templates.PolicyReplay, error) {
	r, err := desk.ReplayOf(ctx, h, old, draft, now.Add(-replayDays*24*time.Hour), replayMax)
	if err != nil {
		return nil, err
	}
	out := &templates.PolicyReplay{Days: replayDays, Judged: r.Judged, Changed: r.Changed, Blind: r.Blind, More: r.More, Counts: r.Counts}
	for _, e := range r.Examples {
		out.Examples = append(out.Examples, templates.DevFact{Name: e.Reference, Value: string(e.Kind) + ": " + strings.Join(e.What, "; ")})
	}
	return out, nil
}

// PolicyName is a version as people speak of it.
func PolicyName(v desk.Version) string {
	if v.Number == 0 {
		return "0, the one compiled in"
	}
	return strconv.Itoa(v.Number) + ", " + v.Name
}

// PolicySince says since when a version is in force.
func PolicySince(v desk.Version) string {
	if v.Number == 0 {
		return "the first start"
	}
	return approvals.FormatTime(v.Since)
}

// PolicyOpen says where a version on its way stands.
func PolicyOpen(v desk.Version) string {
	if v.State == desk.Scheduled {
		return "Policy " + PolicyName(v) + " is approved and comes into force at " + approvals.FormatTime(v.EffectiveAt) + "."
	}
	return "Policy " + PolicyName(v) + " is proposed and waits for a second admin until " + approvals.FormatTime(v.LapsesAt) + "."
}
