package audit

import (
	"cmp"
	"fmt"
	"slices"
)

// Head is what an action is said to be now.
type Head struct {
	Action, State string
	Version       int
}

// Fault is a place where the moves of an action do not fit together.
type Fault struct {
	Action  string
	Version int // of the first move that does not fit, or that is missing
	What    string
}

// Chain checks that the moves of actions fit together: of each, none is missing, each
// begins where the one before ended and not before it, and the last one made the
// action what it is said to be. moves are all moves of the actions of heads, in any
// order. It finds what was dropped, inserted, reordered, or moved elsewhere; of an
// action it names the first fault.
func Chain(moves []Event, heads []Head) []Fault {
	of := map[string][]Event{}
	for _, e := range moves {
		of[e.Action] = append(of[e.Action], e)
	}
	var out []Fault
	for _, h := range heads {
		if f := follow(h, of[h.Action]); f != nil {
			out = append(out, *f)
		}
		delete(of, h.Action)
	}
	for action, left := range of {
		out = append(out, Fault{action, left[0].Version, "it has moves, and there is no such action"})
	}
	slices.SortFunc(out, func(a, b Fault) int { return cmp.Compare(a.Action, b.Action) })
	return out
}

func follow(h Head, moves []Event) *Fault {
	slices.SortFunc(moves, func(a, b Event) int { return cmp.Compare(a.Version, b.Version) })
	last := Event{}
	for i, e := range moves {
		want := i + 1
		switch {
		case e.Version > want:
			return &Fault{h.Action, want, fmt.Sprintf("move %d is missing", want)}
		case e.Version < want:
			return &Fault{h.Action, e.Version, fmt.Sprintf("move %d is there twice", e.Version)}
		case e.From != last.To:
			return &Fault{h.Action, want, fmt.Sprintf("move %d begins in %q, and the one before ended in %q", want, e.From, last.To)}
		case e.At.Before(last.At):
			return &Fault{h.Action, want, fmt.Sprintf("move %d was made before the one it follows", want)}
		}
		last = e
	}
	switch {
	case len(moves) != h.Version:
		return &Fault{h.Action, len(moves) + 1, fmt.Sprintf("it has %d moves, and is at its %d.", len(moves), h.Version)}
	case last.To != h.State:
		return &Fault{h.Action, h.Version, fmt.Sprintf("its last move ended in %q, and it is in %q", last.To, h.State)}
	}
	return nil
}
