package approvals

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/approvals/audit"
)

// KeyPrefix opens API keys, so that a person, and a secret scanner, know at
// sight what a string is and whether it opens anything live.
func KeyPrefix(test bool) string {
	if test {
		return "cs_test_"
	}
	return "cs_live_"
}

// NewKeySecret returns a new API key of 256 random bits, and what lists show of it.
func NewKeySecret(test bool) (secret, hint string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	secret = KeyPrefix(test) + base64.RawURLEncoding.EncodeToString(b)
	return secret, KeyPrefix(test) + "…" + secret[len(secret)-4:]
}

// KeyMaker makes, rolls and revokes API keys. The key itself is in what Add and
// Roll return and nowhere else.
type KeyMaker struct {
	Keys  APIKeys
	Test  bool
	NewID func() string
	Now   func() time.Time
}

// KeyWish is a key somebody wants.
type KeyWish struct {
	Marketplace MarketplaceID
	Name        string
	Scopes      []Scope        // empty: all that this gateway has
	Ranges      []netip.Prefix // empty: everywhere
	ExpiresAt   time.Time      // zero: never
}

// Maker is who makes or ends a key.
type Maker struct {
	Actor audit.Actor
	Name  string // for lists
}

// Check says what is wrong with a wish, as CodeInvalid with fields, and returns
// it in the form that is kept.
func (m KeyMaker) Check(w KeyWish) (KeyWish, error) {
	var wrong []FieldError
	bad := func(field, message string) { wrong = append(wrong, FieldError{Field: field, Message: message}) }
	w.Name = strings.TrimSpace(w.Name)
	if w.Name == "" || utf8.RuneCountInString(w.Name) > MaxKeyName || !utf8.ValidString(w.Name) || strings.ContainsFunc(w.Name, unprintable) {
		bad("name", fmt.Sprintf("must be 1 to %d printable characters", MaxKeyName))
	}
	if len(w.Scopes) == 0 {
		w.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return s == ScopeTestClock && !m.Test })
	}
	for i, s := range w.Scopes {
		if !slices.Contains(Scopes(), s) || slices.Contains(w.Scopes[:i], s) || s == ScopeTestClock && !m.Test {
			bad("scopes", "must be some of actions:read, actions:write, webhooks and, on a test gateway, test_clock; each once")
			break
		}
	}
	if len(w.Ranges) > MaxKeyRanges {
		bad("ranges", fmt.Sprintf("must be %d at most", MaxKeyRanges))
	}
	for _, p := range w.Ranges {
		if !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() {
			bad("ranges", "must hold addresses and whole ranges, as in 203.0.113.7 or 203.0.113.0/24")
			break
		}
	}
	if !w.ExpiresAt.IsZero() && !w.ExpiresAt.After(m.Now()) {
		bad("expires_at", "must be in the future")
	}
	if len(wrong) > 0 {
		return w, Invalid(wrong...)
	}
	return w, nil
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
}

// Add makes a key and returns it: shown once, kept by its hash alone.
func (m KeyMaker) Add(ctx context.Context, w KeyWish, by Maker) (APIKey, string, error) {
	w, err := m.Check(w)
	if err != nil {
		return APIKey{}, "", err
	}
	n, secret := m.fresh(w, by)
	if err := m.Keys.AddAPIKey(ctx, n, m.event(n.APIKey, by, "api_key_added", nil)); err != nil {
		return APIKey{}, "", fmt.Errorf("add API key: %w", err)
	}
	return n.APIKey, secret, nil
}

// Roll makes a key that reaches as far as another, and as long as that one was
// made to; the other goes on for overlap, one of Overlaps. A key is rolled once:
// CodeKeyRolled. CodeKeyLimit where MaxAPIKeys would be passed.
func (m KeyMaker) Roll(ctx context.Context, of MarketplaceID, id string, overlap time.Duration, by Maker) (APIKey, string, error) {
	if !slices.Contains(Overlaps(), overlap) {
		return APIKey{}, "", Invalid(FieldError{Field: "overlap", Message: "must be now, 1 hour, 24 hours or 7 days"})
	}
	old, err := m.Keys.APIKey(ctx, of, id)
	if err != nil {
		return APIKey{}, "", err
	}
	if !old.Live(m.Now()) {
		return APIKey{}, "", Refuse(CodeNotFound)
	}
	if !old.RolledAt.IsZero() {
		return APIKey{}, "", Refuse(CodeKeyRolled)
	}
	n, secret := m.fresh(KeyWish{Marketplace: of, Name: old.Name, Scopes: old.Scopes, Ranges: old.Ranges, ExpiresAt: old.ExpiresAt}, by)
	e := m.event(n.APIKey, by, "api_key_rolled", map[string]string{"old": old.ID, "overlap": overlap.String()})
	if err := m.Keys.RollAPIKey(ctx, old.ID, n.CreatedAt.Add(overlap), n, e); err != nil {
		return APIKey{}, "", fmt.Errorf("roll API key %s: %w", id, err)
	}
	return n.APIKey, secret, nil
}

// Revoke ends a key at once.
func (m KeyMaker) Revoke(ctx context.Context, of MarketplaceID, id string, by Maker) error {
	old, err := m.Keys.APIKey(ctx, of, id)
	if err != nil {
		return err
	}
	now := m.Now()
	if err := m.Keys.RevokeAPIKey(ctx, of, id, now, m.event(old, by, "api_key_revoked", nil)); err != nil {
		return fmt.Errorf("revoke API key %s: %w", id, err)
	}
	return nil
}

func (m KeyMaker) fresh(w KeyWish, by Maker) (NewAPIKey, string) {
	secret, hint := NewKeySecret(m.Test)
	return NewAPIKey{Hash: HashToken(secret), APIKey: APIKey{
		ID: m.NewID(), Marketplace: w.Marketplace, Name: w.Name, Hint: hint, Scopes: w.Scopes, Ranges: w.Ranges,
		CreatedBy: by.Name, CreatedAt: m.Now(), ExpiresAt: w.ExpiresAt,
	}}, secret
}

func (m KeyMaker) event(k APIKey, by Maker, verb string, data map[string]string) audit.Event {
	if data == nil {
		data = map[string]string{}
	}
	maps.Copy(data, k.facts())
	return audit.Event{ID: m.NewID(), Marketplace: string(k.Marketplace), Verb: verb, Actor: by.Actor, At: m.Now(), Data: data}
}

// facts are what the audit log says of a key.
func (k APIKey) facts() map[string]string {
	scopes := make([]string, 0, len(k.Scopes))
	for _, s := range k.Scopes {
		scopes = append(scopes, string(s))
	}
	return map[string]string{"key": k.ID, "name": k.Name, "hint": k.Hint, "scopes": strings.Join(scopes, " ")}
}

// FirstKey is the audit line of the key that a marketplace is added with, by
// somebody with a shell on the gateway's host.
func FirstKey(id string, k APIKey) audit.Event {
	return audit.Event{
		ID: id, Marketplace: string(k.Marketplace), Verb: "api_key_added", Actor: audit.Actor{Type: audit.Operator, ID: k.CreatedBy}, At: k.CreatedAt, Data: k.facts(),
	}
}
