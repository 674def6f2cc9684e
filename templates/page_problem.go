package templates

import "time"

// Problem is S13: what happened, is my money safe, what to do, when.
type Problem struct {
	Frame
	Kind    ProblemKind
	Until   time.Time // ProblemTooMany, ProblemTravel: try again from
	Request string    // id to quote to support; may be empty
	Return  Link      // back to the marketplace
	Restart Link      // ProblemSession: start again, same place
	Lookup  Link      // ProblemLink: GET form with the field reference, leads to sign-in
	Stop    Link      // "I did not ask for this", where an action is known
}

// ProblemKind is what went wrong, in the words of the pages. web/problem
// alone knows which status goes with it.
type ProblemKind string

const (
	ProblemNotFound    ProblemKind = "not_found"
	ProblemLink        ProblemKind = "link" // a mailed link that is unknown: mail programs cut them in half
	ProblemForbidden   ProblemKind = "forbidden"
	ProblemMethod      ProblemKind = "method"
	ProblemConflict    ProblemKind = "conflict"
	ProblemGone        ProblemKind = "gone"
	ProblemTooLarge    ProblemKind = "too_large"
	ProblemInput       ProblemKind = "input"
	ProblemTooMany     ProblemKind = "too_many"
	ProblemInternal    ProblemKind = "internal"
	ProblemUnavailable ProblemKind = "unavailable"
	ProblemTravel      ProblemKind = "travel"  // the seller asked that nothing goes forward
	ProblemSession     ProblemKind = "session" // the session ended; nothing is lost
)

// ProblemKinds lists every kind.
var ProblemKinds = []ProblemKind{
	ProblemNotFound, ProblemLink, ProblemForbidden, ProblemMethod, ProblemConflict, ProblemGone, ProblemTooLarge,
	ProblemInput, ProblemTooMany, ProblemInternal, ProblemUnavailable, ProblemTravel, ProblemSession,
}

func (Problem) name() string                     { return "problem" }
func (p Problem) title(w *words) (string, error) { return w.t("problem." + string(p.Kind) + ".title") }
