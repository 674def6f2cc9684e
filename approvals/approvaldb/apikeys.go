package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Keys implements approvals.APIKeys.
type Keys struct{ core }

var _ approvals.APIKeys = (*Keys)(nil)

type apiKeyRow struct {
	Hash        []byte `gorm:"primaryKey"`
	Marketplace string
	Hint        string
	Created     Instant `gorm:"column:created_at"`
	RevokedAt   Instant
	ID          string
	Name        string
	Scopes      string
	Ranges      string
	CreatedBy   string
	ExpiresAt   Instant
	LastUsedAt  Instant
	RolledAt    Instant
}

func (apiKeyRow) TableName() string { return "api_keys" }

func newAPIKeyRow(n approvals.NewAPIKey) (apiKeyRow, error) {
	row := apiKeyRow{
		Hash: n.Hash[:], Marketplace: string(n.Marketplace), Hint: n.Hint, Created: At(n.CreatedAt), ID: n.ID, Name: n.Name, CreatedBy: n.CreatedBy,
		ExpiresAt: At(n.ExpiresAt),
	}
	var scopes, ranges []string
	for _, s := range n.Scopes {
		scopes = append(scopes, string(s))
	}
	for _, p := range n.Ranges {
		ranges = append(ranges, p.String())
	}
	var err, err2 error
	row.Scopes, err = list(scopes)
	row.Ranges, err2 = list(ranges)
	return row, errors.Join(err, err2)
}

func (r apiKeyRow) key() (approvals.APIKey, error) {
	k := approvals.APIKey{
		ID: r.ID, Marketplace: approvals.MarketplaceID(r.Marketplace), Name: r.Name, Hint: r.Hint, CreatedBy: r.CreatedBy,
		CreatedAt: r.Created.Time(), ExpiresAt: r.ExpiresAt.Time(), LastUsedAt: r.LastUsedAt.Time(), RevokedAt: r.RevokedAt.Time(),
		RolledAt: r.RolledAt.Time(),
	}
	scopes, err := unlist(r.Scopes)
	if err != nil {
		return k, err
	}
	for _, s := range scopes {
		k.Scopes = append(k.Scopes, approvals.Scope(s))
	}
	ranges, err := unlist(r.Ranges)
	if err != nil {
		return k, err
	}
	for _, text := range ranges {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return k, fmt.Errorf("read API key %s: %w", r.ID, err)
		}
		k.Ranges = append(k.Ranges, p)
	}
	return k, nil
}

// APIKeys implements approvals.APIKeys.
func (k *Keys) APIKeys(ctx context.Context, m approvals.MarketplaceID) ([]approvals.APIKey, error) {
	var rows []apiKeyRow
	if err := k.db.Read(ctx).Where("marketplace = ?", string(m)).Order("created_at DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list API keys: %w", Explain(err))
	}
	out := make([]approvals.APIKey, 0, len(rows))
	for _, row := range rows {
		key, err := row.key()
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// ofKey is the condition of one key of one marketplace.
const ofKey = "id = ? AND marketplace = ?"

// APIKey implements approvals.APIKeys.
func (k *Keys) APIKey(ctx context.Context, m approvals.MarketplaceID, id string) (approvals.APIKey, error) {
	if uuid.Validate(id) != nil || len(id) != 36 {
		return approvals.APIKey{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var row apiKeyRow
	if err := k.db.Read(ctx).Where(ofKey, id, string(m)).Take(&row).Error; err != nil {
		return approvals.APIKey{}, fmt.Errorf("read API key: %w", Explain(err))
	}
	return row.key()
}

// AddAPIKey implements approvals.APIKeys. The marketplace's row is locked, so
// that the count holds whatever comes at once.
func (k *Keys) AddAPIKey(ctx context.Context, n approvals.NewAPIKey, e audit.Event) error {
	row, err := newAPIKeyRow(n)
	if err != nil {
		return err
	}
	return k.db.InTx(ctx, func(tx *Tx) error {
		if err := roomForKey(tx, row); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Record(e)
	})
}

// roomForKey counts, with the marketplace's row locked.
func roomForKey(tx *Tx, row apiKeyRow) error {
	if err := tx.Lock().Where("id = ?", row.Marketplace).Take(&marketplaceRow{}).Error; err != nil {
		return Explain(err)
	}
	var live int64
	err := tx.Model(&apiKeyRow{}).Where("marketplace = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", row.Marketplace, row.Created).Count(&live).Error
	if err == nil && live >= approvals.MaxAPIKeys {
		err = approvals.Refuse(approvals.CodeKeyLimit)
	}
	return err
}

// RollAPIKey implements approvals.APIKeys.
func (k *Keys) RollAPIKey(ctx context.Context, old string, until time.Time, n approvals.NewAPIKey, e audit.Event) error {
	row, err := newAPIKeyRow(n)
	if err != nil {
		return err
	}
	return k.db.InTx(ctx, func(tx *Tx) error {
		var was apiKeyRow
		err := tx.Lock().Where(ofKey+" AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", old, row.Marketplace, row.Created).Take(&was).Error
		if err != nil {
			return Explain(err)
		}
		if !was.RolledAt.Time().IsZero() {
			return approvals.Refuse(approvals.CodeKeyRolled)
		}
		end := map[string]any{"rolled_at": row.Created}
		switch {
		case !until.After(n.CreatedAt):
			end["revoked_at"] = row.Created
		case was.ExpiresAt.Time().IsZero() || until.Before(was.ExpiresAt.Time()):
			end["expires_at"] = At(until)
		}
		if err := tx.Model(&apiKeyRow{}).Where("id = ?", old).Updates(end).Error; err != nil {
			return err
		}
		if end["revoked_at"] == nil {
			if err := roomForKey(tx, row); err != nil {
				return err
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Record(e)
	})
}

// RevokeAPIKey implements approvals.APIKeys.
func (k *Keys) RevokeAPIKey(ctx context.Context, m approvals.MarketplaceID, id string, at time.Time, e audit.Event) error {
	return k.db.InTx(ctx, func(tx *Tx) error {
		done := tx.Model(&apiKeyRow{}).Where(ofKey+" AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", id, string(m), At(at)).
			Updates(map[string]any{"revoked_at": At(at)})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		return tx.Record(e)
	})
}

// UsedAPIKeys implements approvals.APIKeys.
func (k *Keys) UsedAPIKeys(ctx context.Context, used map[string]time.Time) error {
	return k.db.InTx(ctx, func(tx *Tx) error {
		for id, at := range used {
			err := tx.Model(&apiKeyRow{}).Where("id = ? AND (last_used_at IS NULL OR last_used_at <= ?)", id, At(at.Add(-approvals.KeyUseKept))).
				Updates(map[string]any{"last_used_at": At(at)}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// KeyOf implements approvals.Registry: one look-up by the hash, and one by the
// marketplace's id.
func (r *Registry) KeyOf(ctx context.Context, hash [32]byte) (approvals.APIKey, approvals.Marketplace, error) {
	var row apiKeyRow
	if err := r.db.Read(ctx).Where("hash = ? AND revoked_at IS NULL", hash[:]).Take(&row).Error; err != nil {
		return approvals.APIKey{}, approvals.Marketplace{}, fmt.Errorf("find an API key: %w", Explain(err))
	}
	key, err := row.key()
	if err != nil {
		return key, approvals.Marketplace{}, err
	}
	m, err := r.Marketplace(ctx, key.Marketplace)
	return key, m, err
}
