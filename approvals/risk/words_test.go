package risk_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"countersign/approvals/risk"
)

// TestDefault_RulesForEveryKindSayWhatWasFound: what one kind waits longer for, another
// is refused for, so that the sentence of a rule for every kind says neither.
func TestDefault_RulesForEveryKindSayWhatWasFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"default", "strict", "payout_now"} {
		source, err := risk.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Rules []struct {
				ID, When string
				Text     map[string]string
			}
		}
		if err := yaml.Unmarshal(source, &file); err != nil {
			t.Fatal(err)
		}
		open := 0
		for _, r := range file.Rules {
			if strings.Contains(r.When, "kind") || r.When == "true" { // what is left waits
				continue
			}
			open++
			for locale, text := range r.Text {
				for _, word := range []string{" wait", "look at it", "this change", "attesa", "attende", "modifica", "lo esaminano"} {
					if strings.Contains(text, word) {
						t.Errorf("%s of %s, %s: %q says %q", r.ID, name, locale, text, word)
					}
				}
			}
		}
		if open < 15 {
			t.Errorf("%s: %d rules for every kind", name, open)
		}
	}
}
