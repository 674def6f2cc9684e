package conformance

import (
	"fmt"
	"io"
	"strings"
)

// Report is what became of the scenarios, in the order they were played.
type Report struct {
	Results []Result
}

// Result is one scenario's. It passed when nothing was wrong.
type Result struct {
	ID       string
	Sentence string
	Rule     string
	Right    []string
	Wrong    []string
	Notes    []string // what was not looked at, and why
}

// Passed reports whether nothing was wrong.
func (r Result) Passed() bool { return len(r.Wrong) == 0 }

// Wrong returns the ids of the scenarios that found something.
func (r Report) Wrong() []string {
	var ids []string
	for _, s := range r.Results {
		if !s.Passed() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// WriteTo writes the report as plain text.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for _, s := range r.Results {
		mark := "ok   "
		if !s.Passed() {
			mark = "WRONG"
		}
		fmt.Fprintf(&b, "%s  %s: %s\n", mark, s.ID, s.Sentence)
		for _, line := range s.Wrong {
			fmt.Fprintf(&b, "       wrong  %s\n", line)
		}
		for _, line := range s.Right {
			fmt.Fprintf(&b, "       right  %s\n", line)
		}
		for _, line := range s.Notes {
			fmt.Fprintf(&b, "       note   %s\n", line)
		}
		if !s.Passed() {
			fmt.Fprintf(&b, "       rule   %s\n", s.Rule)
		}
	}
	wrong := len(r.Wrong())
	fmt.Fprintf(&b, "\n%d of %d scenarios are right, %d wrong.\n", len(r.Results)-wrong, len(r.Results), wrong)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
