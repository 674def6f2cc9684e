package problem_test

import (
	"strconv"
	"testing"

	"countersign/web/problem"
)

// The newest twenty of each marketplace, and nobody else's.
func TestRecent(t *testing.T) {
	t.Parallel()
	var r problem.Recent
	if got := r.Of("acme"); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	for n := range 50 {
		r.Add("acme", problem.Refused{Request: strconv.Itoa(n)})
	}
	r.Add("globex", problem.Refused{Request: "theirs"})
	got := r.Of("acme")
	if len(got) != 20 || got[0].Request != "49" || got[19].Request != "30" {
		t.Errorf("%d: %v", len(got), got)
	}
	if got := r.Of("globex"); len(got) != 1 || got[0].Request != "theirs" {
		t.Errorf("globex: %v", got)
	}
}
