package approvals_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals"
)

var linkKey = approvals.LinkKey{1, 2, 3}

// TestEM03_Token: a letter for the purpose and 256 bits that say nothing.
func TestEM03_Token(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[hcs][A-Za-z0-9_-]{43}$`)
	id := approvals.ActionID("01939c1e-0000-7000-8000-000000000001")
	for _, p := range []approvals.Purpose{approvals.HandoffLink, approvals.ConfirmLink, approvals.StopLink} {
		token := linkKey.Token(p, id, 7)
		if !form.MatchString(token) || token[0] != p[0] || strings.Contains(token, string(id)) {
			t.Errorf("%s: %s", p, token)
		}
		if again := linkKey.Token(p, id, 7); again != token {
			t.Errorf("%s: %s, then %s; a mail sent twice must carry one link", p, token, again)
		}
		if approvals.HashToken(token) != sha256.Sum256([]byte(token)) {
			t.Errorf("%s: the stored hash is not SHA-256 of the token (EM-04)", p)
		}
	}
}

// TestEM03_TokensDiffer by key, purpose, action and serial, wherever a border
// between them could be moved.
func TestEM03_TokensDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, key := range []approvals.LinkKey{linkKey, {1, 2, 4}, {}} {
		for _, p := range []approvals.Purpose{approvals.HandoffLink, approvals.ConfirmLink, approvals.StopLink} {
			for _, id := range []approvals.ActionID{"a", "a1", "a\n1", "b"} {
				for _, serial := range []int{0, 1, 2, 11, 12} {
					token := key.Token(p, id, serial)
					what := fmt.Sprintf("%x %s %q %d", key[:3], p, id, serial)
					if other, twice := seen[token]; twice {
						t.Errorf("%s and %s have one token", what, other)
					}
					seen[token] = what
				}
			}
		}
	}
}

// TestLinkKeyIsNotPrinted: no verb of fmt shows it.
func TestLinkKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	s := approvals.Service{Links: linkKey}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, text := range []string{fmt.Sprintf(format, linkKey), fmt.Sprintf(format, s), fmt.Sprintf(format, &s)} {
			if strings.Contains(text, "1 2 3") || strings.Contains(text, "0x1, 0x2, 0x3") || strings.Contains(text, "010203") {
				t.Errorf("%s prints the key: %s", format, text)
			}
		}
	}
}
