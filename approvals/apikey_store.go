package approvals

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"countersign/approvals/audit"
)

// APIKeys keeps the API keys of marketplaces. Each method is one transaction;
// a key of another marketplace is CodeNotFound.
type APIKeys interface {
	// APIKeys returns a marketplace's keys, the newest first; those that ended too.
	APIKeys(ctx context.Context, m MarketplaceID) ([]APIKey, error)
	// APIKey returns one.
	APIKey(ctx context.Context, m MarketplaceID, id string) (APIKey, error)
	// AddAPIKey adds a key with its event. CodeKeyLimit when MaxAPIKeys count
	// already.
	AddAPIKey(ctx context.Context, k NewAPIKey, e audit.Event) error
	// RollAPIKey adds a key in the place of another, which ends at until, or
	// before where it would have, in the same transaction. CodeNotFound when the
	// other does not count any more, CodeKeyRolled when it was rolled: of two calls
	// at once for one key one does it. CodeKeyLimit as in AddAPIKey.
	RollAPIKey(ctx context.Context, old string, until time.Time, k NewAPIKey, e audit.Event) error
	// RevokeAPIKey ends a key at once. CodeNotFound when it had ended.
	RevokeAPIKey(ctx context.Context, m MarketplaceID, id string, at time.Time, e audit.Event) error
	// UsedAPIKeys keeps when keys were used last. A time within KeyUseKept of
	// what is kept changes nothing.
	UsedAPIKeys(ctx context.Context, used map[string]time.Time) error
}

// NewAPIKey is a key to be kept, by its hash.
type NewAPIKey struct {
	APIKey
	Hash [32]byte
}

// KeyUses gathers when keys were used, so that no call waits for the keeping of
// it, and none is part of its transaction. It is safe for concurrent use.
type KeyUses struct {
	mu   sync.Mutex
	used map[string]time.Time
}

// Note remembers that a key was used, unless what is kept says so to the minute.
func (u *KeyUses) Note(k APIKey, at time.Time) {
	if at.Sub(k.LastUsedAt) < KeyUseKept {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.used == nil {
		u.used = map[string]time.Time{}
	}
	if at.After(u.used[k.ID]) {
		u.used[k.ID] = at
	}
}

// Flush keeps what was noted. What could not be kept is noted again.
func (u *KeyUses) Flush(ctx context.Context, keys APIKeys) error {
	u.mu.Lock()
	used := u.used
	u.used = nil
	u.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := keys.UsedAPIKeys(ctx, used)
	if err == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(used, u.used) // what came since is later
	u.used = used
	return fmt.Errorf("keep when API keys were used: %w", err)
}
