package desk

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ old, next, want string }{
		"the same":        {"a\nb\n", "a\nb\n", ""},
		"one line":        {"a\nb\nc\nd\ne\nf\n", "a\nb\nc\nX\ne\nf\n", "  b|  c|- d|+ X|  e|  f"},
		"far apart":       {"a\n1\n2\n3\n4\n5\n6\nz\n", "b\n1\n2\n3\n4\n5\n6\ny\n", "- a|+ b|  1|  2|...|  5|  6|- z|+ y"},
		"added at an end": {"a\n", "a\nb\n", "  a|+ b"},
	} {
		if got := strings.TrimSuffix(strings.Join(Diff([]byte(tt.old), []byte(tt.next)), "|"), "|..."); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
