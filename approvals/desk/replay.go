package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// Past is what was decided on one action.
type Past struct {
	ID        approvals.ActionID
	Reference string
	Kind      approvals.Kind
	Decision  approvals.Decision
	CreatedAt time.Time
}

// History reads what was decided.
type History interface {
	// Past returns at most limit actions older than before, all where it is empty,
	// newest first.
	Past(ctx context.Context, before approvals.ActionID, limit int) ([]Past, error)
}

// Limits of a replay.
const (
	replayBatch    = 500
	replayExamples = 20
)

// Replay says what a draft would have done differently.
type Replay struct {
	Judged int  // actions
	Blind  int  // actions whose decision recorded no signals
	More   bool // there were older ones, not looked at
	// Counts are how many actions a difference concerns, the most frequent first.
	Counts   []Difference
	Changed  int
	Examples []Example // the newest
}

// Difference is one way in which two decisions differ.
type Difference struct {
	Kind   approvals.Kind
	What   string // "class", "outcome", "wait", "require"
	Before string
	After  string
	Count  int
}

// Example is one action that the draft would decide on differently.
type Example struct {
	Reference string
	Kind      approvals.Kind
	What      []string // "wait 72 h -> 168 h"
}

// ReplayOf asks both policies about the signals recorded with every action created
// since then, at most max of them, newest first. It changes nothing.
func ReplayOf(ctx context.Context, h History, old, draft *risk.Policy, since time.Time, max int) (Replay, error) {
	var out Replay
	counts := map[Difference]int{}
	var before approvals.ActionID
	for {
		batch, err := h.Past(ctx, before, replayBatch)
		if err != nil {
			return out, fmt.Errorf("read what was decided: %w", err)
		}
		for _, p := range batch {
			before = p.ID
			if p.CreatedAt.Before(since) {
				return out.sum(counts), nil
			}
			if out.Judged+out.Blind == max {
				out.More = true
				return out.sum(counts), nil
			}
			out.take(p, old, draft, counts)
		}
		if len(batch) < replayBatch {
			return out.sum(counts), nil
		}
	}
}

func (r *Replay) take(p Past, old, draft *risk.Policy, counts map[Difference]int) {
	if len(p.Decision.Inputs) == 0 {
		r.Blind++
		return
	}
	r.Judged++
	method := approvals.Passkey
	if m, known := p.Decision.Inputs["method"].(string); known {
		method = approvals.Method(m)
	}
	found := differences(p.Kind, method, old.Judge(p.Kind, method, p.Decision.Inputs), draft.Judge(p.Kind, method, p.Decision.Inputs))
	if len(found) == 0 {
		return
	}
	r.Changed++
	e := Example{Reference: p.Reference, Kind: p.Kind}
	for _, d := range found {
		counts[d]++
		e.What = append(e.What, d.What+" "+d.Before+" -> "+d.After)
	}
	if len(r.Examples) < replayExamples {
		r.Examples = append(r.Examples, e)
	}
}

// differences are those that a seller or an agent would notice.
func differences(k approvals.Kind, m approvals.Method, a, b approvals.Decision) []Difference {
	var out []Difference
	add := func(what, before, after string) {
		if before != after {
			out = append(out, Difference{Kind: k, What: what, Before: before, After: after})
		}
	}
	add("class", string(a.Class), string(b.Class))
	add("outcome", string(a.Outcome), string(b.Outcome))
	add("wait", waitText(a, m), waitText(b, m))
	add("require", requireText(a), requireText(b))
	return out
}

func waitText(d approvals.Decision, m approvals.Method) string {
	wait, permitted := d.Wait[m]
	if !permitted {
		return "not permitted"
	}
	return fmt.Sprintf("%g h", wait.Hours())
}

func requireText(d approvals.Decision) string {
	var all []string
	for _, r := range d.Require {
		all = append(all, string(r))
	}
	return cmp.Or(strings.Join(all, ", "), "nothing more")
}

func (r Replay) sum(counts map[Difference]int) Replay {
	for _, d := range slices.Collect(maps.Keys(counts)) {
		n := counts[d]
		d.Count = n
		r.Counts = append(r.Counts, d)
	}
	slices.SortFunc(r.Counts, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What), cmp.Compare(a.Before+a.After, b.Before+b.After))
	})
	return r
}
