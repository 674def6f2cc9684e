package risk

import (
	"maps"
	"time"

	"countersign/approvals"
)

var _ approvals.Recaller = (*Policy)(nil)

// Since implements approvals.Recaller: a file was always in force.
func (p *Policy) Since(time.Time) []approvals.PolicyVersion { return []approvals.PolicyVersion{p} }

// Worse implements approvals.Recaller; see the function of that name.
func (p *Policy) Worse(recorded, seen map[string]any) map[string]any { return Worse(recorded, seen) }

// Worse joins the inputs of two decisions on one action: each signal has the worse
// of its two values. What says how it is asked for and not how it looks, the method
// included, and what only one of them knows, is as it was seen last.
func Worse(recorded, seen map[string]any) map[string]any {
	out := maps.Clone(recorded)
	maps.Copy(out, seen)
	for _, s := range signals {
		old, had := recorded[s.name]
		now, has := seen[s.name]
		if had && has && s.name != sigMethod && s.outranks(s.read(old), s.read(now)) {
			out[s.name] = s.read(old)
		}
	}
	return out
}

// outranks reports whether a is worse than b, both as read.
func (s signal) outranks(a, b any) bool {
	rank := func(v any) int64 {
		switch v := v.(type) {
		case int64:
			return v
		case bool:
			if v {
				return 1
			}
		case string:
			return int64(s.tier(v))
		}
		return 0
	}
	switch s.bad {
	case more, later:
		return rank(a) > rank(b)
	case less:
		return rank(a) < rank(b)
	case neither:
	}
	return false
}
