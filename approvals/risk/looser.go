package risk

import (
	"fmt"
	"slices"

	"countersign/approvals"
)

// Looser says in sentences how next may be milder than old; none when it can only be
// as strict or stricter. It goes by what the two files say, not by trying: where it
// cannot tell it says so, and that counts as milder.
func Looser(old, next *Policy) []string {
	var why []string
	if next.scale < old.scale {
		why = append(why, "Everything waits less.")
	}
	for _, s := range counted {
		for _, c := range uncounted(old.counts[s.name], next.counts[s.name]) {
			why = append(why, fmt.Sprintf("%s no longer counts: %s", s.name, c.text))
		}
	}
	for _, r := range old.rules {
		if lost := next.loses(r); lost != "" {
			why = append(why, lost)
		}
	}
	why = append(why, looserKinds(old, next)...)
	for _, k := range old.Kinds() {
		if k.Defined() && next.defined[k] == nil {
			continue
		}
		why = append(why, looserRows(k, old.rows[k], next.rows[k])...)
	}
	return why
}

// uncounted are the conditions of old for which next has none of its own that holds
// wherever they do. Each of next stands for one of old: two that became one count
// once where they counted twice.
func uncounted(old, next []*condition) []*condition {
	stands := map[*condition]*condition{} // who of next for whom of old
	var take func(c *condition, tried map[*condition]bool) bool
	take = func(c *condition, tried map[*condition]bool) bool {
		for _, n := range next {
			if tried[n] || !c.form.implies(n.form) {
				continue
			}
			tried[n] = true
			if stands[n] == nil || take(stands[n], tried) {
				stands[n] = c
				return true
			}
		}
		return false
	}
	var lost []*condition
	for _, c := range old {
		if !take(c, map[*condition]bool{}) {
			lost = append(lost, c)
		}
	}
	return lost
}

// loses says what of an old rule p no longer asks for.
func (p *Policy) loses(old *rule) string {
	var heirs []*rule // what holds wherever the old rule does
	for _, r := range p.rules {
		if old.when.form.implies(r.when.form) {
			heirs = append(heirs, r)
		}
	}
	one := func(keeps func(*rule) bool) bool { return slices.ContainsFunc(heirs, keeps) }
	switch {
	case old.Class != "" && !one(func(r *rule) bool { return slices.Index(classOrder, r.Class) >= slices.Index(classOrder, old.Class) }):
		return fmt.Sprintf("Rule %s may no longer make it class %s.", old.ID, old.Class)
	case old.Outcome != "" && !one(func(r *rule) bool {
		return slices.Index(outcomeOrder, r.Outcome) >= slices.Index(outcomeOrder, old.Outcome)
	}):
		return fmt.Sprintf("Rule %s may no longer lead to %s.", old.ID, old.Outcome)
	case old.Hours > 0 && !one(func(r *rule) bool { return r.Hours >= old.Hours }):
		return fmt.Sprintf("Rule %s may no longer make it wait %d hours.", old.ID, old.Hours)
	}
	for _, n := range old.require {
		if !one(func(r *rule) bool { return (&cell{require: r.require}).asksFor(n) }) {
			return fmt.Sprintf("Rule %s may no longer ask for %s.", old.ID, n)
		}
	}
	return ""
}

// looserRows compares the rows of a kind. A new row may apply wherever an old one
// did that nothing certain stands before, so each new row is held against every old
// one, but for those that are about the same requests.
func looserRows(k approvals.Kind, old, next []*row) []string {
	if sameShape(old, next) {
		var why []string
		for i := range old {
			why = append(why, looserRow(k, old[i], next[i])...)
		}
		return why
	}
	var why []string
	for _, o := range old {
		for _, n := range next {
			why = append(why, looserRow(k, o, n)...)
		}
	}
	return why
}

// sameShape reports whether every request that an old row applied to has the new
// row in its place, or one before it.
func sameShape(old, next []*row) bool {
	return slices.EqualFunc(old, next, func(o, n *row) bool {
		if o.when == nil || n.when == nil {
			return o.when == n.when
		}
		same := o.when.form.implies(n.when.form) && n.when.form.implies(o.when.form)
		// A row that applies more often took requests from rows behind it, than which it
		// is no milder.
		return same || !o.when.form.neutral() && o.when.form.implies(n.when.form)
	})
}

func looserRow(k approvals.Kind, old, next *row) []string {
	var why []string
	for _, c := range classOrder {
		if less := next.cells[c].weaker(old.cells[c]); less != "" {
			why = append(why, fmt.Sprintf("%s in class %s asks for less: it would have to be at least as before (%s).", k, c, less))
		}
	}
	return why
}
