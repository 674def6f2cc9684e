package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"countersign/approvals"
)

// What counts when (DESIGN rule 11, NI-12).
func TestAuthenticator_Usable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		a    Authenticator
		want bool
	}{
		"in use":             {Authenticator{UsableFrom: now.Add(-time.Hour)}, true},
		"from this moment":   {Authenticator{UsableFrom: now}, true},
		"in quarantine":      {Authenticator{UsableFrom: now.Add(time.Microsecond)}, false},
		"switched off":       {Authenticator{UsableFrom: now, DisabledAt: now}, false},
		"99 failures":        {Authenticator{UsableFrom: now, Failures: 99}, true},
		"100, not yet off":   {Authenticator{UsableFrom: now, Failures: 100}, false},
		"off in the future?": {Authenticator{UsableFrom: now, DisabledAt: now.Add(time.Hour)}, false},
	} {
		if got := c.a.Usable(now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// No two rows share associated data (OT-05).
func TestRowIdentity(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i, parts := range [][4]string{
		{"m", "s", "totp", "1"}, {"ms", "", "totp", "1"}, {"", "ms", "totp", "1"}, {"m", "stotp", "", "1"}, {"m", "s", "passkey", "1"},
		{"m", "s", "totp", "11"}, {"m", "s\x00\x04totp\x00\x011", "", ""}, {"m\x00\x01s", "", "totp", "1"},
	} {
		id := string(rowIdentity(approvals.SellerKey{Marketplace: approvals.MarketplaceID(parts[0]), Seller: approvals.SellerID(parts[1])}, approvals.Method(parts[2]), parts[3]))
		if first, twice := seen[id]; twice {
			t.Errorf("rows %d and %d share %q", first, i, id)
		}
		seen[id] = i
	}
}

// WA-12: what a seller has already is excluded from a new passkey.
func TestExcludeCredentials(t *testing.T) {
	t.Parallel()
	rp, err := newRelyingParty("market.example", "Market", []string{"https://approve.market.example"})
	if err != nil {
		t.Fatal(err)
	}
	begun, err := rp.beginRegistration(user{handle: []byte("h"), name: "Ada", credentials: []webauthn.Credential{{ID: []byte{1, 2, 3}}}})
	if err != nil || !strings.Contains(string(begun.options), `"excludeCredentials":[{"type":"public-key","id":"AQID"}]`) {
		t.Errorf("%s, %v", begun.options, err)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Ada's\tphone \r\n": "Ada's phone", "a\u202eb": "a b", "\x00": "", "x\xffy": "xy",
		strings.Repeat("é", 80): strings.Repeat("é", 64), strings.Repeat("a", 63) + " b": strings.Repeat("a", 63),
	} {
		if got := label(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
