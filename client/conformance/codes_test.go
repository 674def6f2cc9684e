package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"countersign/web/problem"
)

var refused = regexp.MustCompile(`(?:refusal\(|code = |return )"([a-z]+(?:_[a-z]+)*)"`)

// The kit refuses with the codes of the API and their statuses, and no others.
func TestRefusals_ofTheAPI(t *testing.T) {
	t.Parallel()
	listed := map[string]int{}
	for _, l := range problem.List() {
		listed[string(l.Code)] = l.Status
	}
	files, err := filepath.Glob("gateway*.go")
	if err != nil {
		t.Fatal(err)
	}
	g := newGateway(Settings{}, func() time.Time { return time.Time{} })
	found := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range refused.FindAllStringSubmatch(string(source), -1) {
			found++
			if got := g.refusal(m[1]).status; listed[m[1]] != got {
				t.Errorf("%s: %s is answered with %d, by the API with %d", f, m[1], got, listed[m[1]])
			}
		}
	}
	if found < 8 {
		t.Errorf("%d codes found", found)
	}
}
