package destination_test

import (
	"testing"

	"countersign/approvals/destination"
)

// What nobody sees is refused, alone or between letters; what some scripts need between
// two letters is not.
func TestTextProblem_invisible(t *testing.T) {
	t.Parallel()
	for s, fine := range map[string]bool{
		"Anna Rossi": true, "O'Neil & Søn 株式会社": true, "می\u200cخواهم": true, "क्\u200dष": true,
		"\u3164": false, "a\u00adb": false, "a\u2062b": false, "a\U000e0041b": false, "a\u034fb": false, "a\u180eb": false, "\u115f": false, "\uffa0": false,
		"a\ufe0f": false, "a\u200d": false, "\u200db": false, "a \u200c b": false, "a\u200bb": false, "a\u202eb": false, "a\u2028b": false, "a\x07b": false,
	} {
		if got := destination.TextProblem(s, 40); (got == "") != fine {
			t.Errorf("%+q: %q", s, got)
		}
	}
}
