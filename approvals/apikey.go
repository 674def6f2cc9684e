package approvals

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Scope is one thing an API key may do.
type Scope string

const (
	ScopeActionsRead  Scope = "actions:read"  // read actions with their events and evidence, and sellers
	ScopeActionsWrite Scope = "actions:write" // create, cancel, claim and report actions, hand over and lock sellers
	ScopeWebhooks     Scope = "webhooks"      // endpoints, deliveries and the feed of events
	ScopeTestClock    Scope = "test_clock"    // move the clock of a test gateway
)

// Scopes are all of them.
func Scopes() []Scope {
	return []Scope{ScopeActionsRead, ScopeActionsWrite, ScopeWebhooks, ScopeTestClock}
}

// APIKey is what is kept of an API key: anything but the key.
type APIKey struct {
	ID          string
	Marketplace MarketplaceID
	Name        string
	Hint        string // its beginning and last four characters: cs_test_…a91c
	Scopes      []Scope
	Ranges      []netip.Prefix // where it may be used from; empty: from everywhere
	CreatedBy   string         // for a list; the audit log has the actor
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero: never
	LastUsedAt  time.Time // to the minute; zero: never
	RevokedAt   time.Time // zero: not revoked
	RolledAt    time.Time // zero: no other has taken its place
}

// Live reports whether the key opens anything at this time.
func (k APIKey) Live(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

// May reports whether the key has a scope.
func (k APIKey) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// From reports whether the key may be used from this address. An address that
// is not known is none of those of a list.
func (k APIKey) From(address netip.Addr) bool {
	if len(k.Ranges) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(k.Ranges, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Overlaps are how long a rolled key may go on.
func Overlaps() []time.Duration {
	return []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}

// Limits of API keys.
const (
	MaxAPIKeys   = 32 // of a marketplace that count at once
	MaxKeyRanges = 16
	MaxKeyName   = 60 // characters
	// KeyUseKept is how exactly the last use of a key is kept.
	KeyUseKept = time.Minute
)

// ParseRanges reads addresses ("203.0.113.7") and ranges ("203.0.113.0/24"), one
// each. A refusal is CodeInvalid.
func ParseRanges(entries []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, e := range entries {
		if e = strings.TrimSpace(e); e == "" {
			continue
		}
		p, err := netip.ParsePrefix(e)
		if a, addrErr := netip.ParseAddr(e); addrErr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, Invalid(FieldError{Field: "ranges", Message: "must hold addresses and whole ranges, as in 203.0.113.7 or 203.0.113.0/24"})
		}
		out = append(out, p)
	}
	return out, nil
}
