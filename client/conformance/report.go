package conformance

import (
	"fmt"
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

// String is the result in plain lines.
func (r Result) String() string {
	var b strings.Builder
	mark := "ok   "
	if !r.Passed() {
		mark = "WRONG"
	}
	fmt.Fprintf(&b, "%s  %s: %s\n", mark, r.ID, r.Sentence)
	for _, part := range []struct {
		word  string
		lines []string
	}{{"wrong", r.Wrong}, {"right", r.Right}, {"note ", r.Notes}} {
		for _, line := range part.lines {
			fmt.Fprintf(&b, "       %s  %s\n", part.word, line)
		}
	}
	if !r.Passed() {
		fmt.Fprintf(&b, "       rule   %s\n", r.Rule)
	}
	return b.String()
}

// Summary is the last line of a report.
func (r Report) Summary() string {
	wrong := len(r.Wrong())
	return fmt.Sprintf("%d of %d scenarios are right, %d wrong.\n", len(r.Results)-wrong, len(r.Results), wrong)
}

// String is the report in plain lines.
func (r Report) String() string {
	var b strings.Builder
	for _, s := range r.Results {
		b.WriteString(s.String())
	}
	return b.String() + "\n" + r.Summary()
}
