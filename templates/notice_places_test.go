package templates

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestNotices_TipNobodyOff: what a seller is told of a word about an account says
// nothing of other sellers, of lists, or of suspicions.
func TestNotices_TipNobodyOff(t *testing.T) {
	t.Parallel()
	said := regexp.MustCompile(`(?i)other seller|share|someone else|ring|denied|fraud|altri venditori|condivi|anello|negat|frod`)
	for _, what := range []string{"checked", "known", "unknown"} {
		mails, err := filepath.Glob("testdata/golden/mails/*-support-" + what + ".*.txt")
		if err != nil || len(mails) != 2 {
			t.Fatalf("mails of %s: %v, %v", what, mails, err)
		}
		for _, name := range mails {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if found := said.Find(text); found != nil {
				t.Errorf("%s says %q", name, found)
			}
		}
	}
}
