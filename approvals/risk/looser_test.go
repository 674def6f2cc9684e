package risk_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/approvals/risk"
)

// TestLooser: what may ask for less is said, and what asks for as much or more is
// not (DESIGN rule 12: only loosening waits).
func TestLooser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, next, want string }{
		"nothing":                      {"version: 1", "version: 2", ""},
		"a comment":                    {"rules:\n", "rules: # ours\n", ""},
		"a longer wait":                {"low: {hours: 24}", "low: {hours: 30}", ""},
		"a shorter wait":               {"high: {hours: 168}\n", "high: {hours: 160}\n", "contact.change in class high asks for less"},
		"a rule more":                  {"  - id: NO-MATCH\n", "  - id: MINE\n    when: changes_30d >= 9\n    class: high\n    text: {en: A, it: B}\n  - id: NO-MATCH\n", ""},
		"a rule less":                  {"  - id: COUNTRY-CHANGE\n    when: country_change\n", "  - id: COUNTRY-CHANGE\n    when: country_change && class_shift\n", "Rule COUNTRY-CHANGE may no longer make it class high."},
		"a rule that holds more often": {"when: country_change\n", "when: country_change || class_shift\n", ""},
		"a bound further out":          {"device_age_hours < month\n    class: medium", "device_age_hours < 1000\n    class: medium", ""},
		"a bound nearer":               {"device_age_hours < month\n    class: medium", "device_age_hours < 100\n    class: medium", "Rule DEVICE-YOUNG may no longer make it class medium."},
		"a threshold further out":      {"  month: 720", "  month: 800", "payout_account"}, // destination_unused_hours > month holds less often
		"a threshold nearer":           {"  week: 168", "  week: 100", "strong_signals no longer counts: security_age_hours < week"},
		"fewer alike":                  {"alike_24h >= 2", "alike_24h >= 1", ""},
		"more alike":                   {"alike_24h >= 2", "alike_24h >= 3", "Rule CAMPAIGN may no longer"},
		"another name for a rule":      {"id: CAMPAIGN\n", "id: MANY-ALIKE\n", ""},
		"no review":                    {"    when: alike_24h >= 2\n    class: high\n    outcome: review\n", "    when: alike_24h >= 2\n    class: high\n", "Rule CAMPAIGN may no longer lead to review."},
		"a requirement less":           {"    require: [independent_proof]\n", "    hours: 1\n", "Rule CODE-NEEDS-MORE may no longer ask for independent_proof."},
		"a count less":                 {"    - class_shift\n", "", "weak_signals no longer counts: class_shift"},
		"two counts made one":          {"    - class_shift\n    - country_mismatch\n", "    - class_shift || country_mismatch\n", "weak_signals no longer counts: country_mismatch"},
		"two counts changed places":    {"    - class_shift\n    - country_mismatch\n", "    - country_mismatch\n    - class_shift\n", ""},
		"a count that holds more often, and another": {
			"    - class_shift\n    - country_mismatch\n", "    - class_shift || country_mismatch\n    - class_shift\n", "",
		},
		"a method less": {"critical: {hours: 168, outcome: freeze}", "critical: {hours: 168, outcome: freeze, methods: [passkey]}", ""},
		"a neutral row more": {
			"    - when: destination_age_hours < aged_destination || destination_unused_hours > month\n",
			"    - when: first_destination\n      low: {hours: 0}\n      medium: {hours: 0}\n      high: {hours: 0}\n      critical: {hours: 0}\n" +
				"    - when: destination_age_hours < aged_destination || destination_unused_hours > month\n", "payout_account.switch in class low asks for less",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := string(risk.Default().Source())
			if !strings.Contains(source, c.old) {
				t.Fatalf("the default policy does not say %q", c.old)
			}
			next, err := risk.Parse("p.yaml", []byte(strings.Replace(source, c.old, c.next, 1)))
			if err != nil {
				t.Fatal(err)
			}
			why := risk.Looser(risk.Default(), next)
			if (c.want == "") != (len(why) == 0) || c.want != "" && !slices.ContainsFunc(why, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("%q, want %q", why, c.want)
			}
		})
	}
}

// TestLooser_Scaled: a demo's short waits are looser than the real ones.
func TestLooser_Scaled(t *testing.T) {
	t.Parallel()
	if len(risk.Looser(risk.Default(), risk.Default().Scaled(0.5))) == 0 || len(risk.Looser(risk.Default().Scaled(0.5), risk.Default())) != 0 {
		t.Error("scale is not compared")
	}
}
