package approvaldb

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Registry implements approvals.Registry.
type Registry struct{ core }

type marketplaceRow struct {
	ID         string `gorm:"primaryKey"`
	Name       string
	ReturnURLs string  `gorm:"column:return_urls"`
	Created    Instant `gorm:"column:created_at"`
}

func (marketplaceRow) TableName() string { return "marketplaces" }

func (r marketplaceRow) marketplace() (approvals.Marketplace, error) {
	urls, err := unlist(r.ReturnURLs)
	return approvals.Marketplace{ID: approvals.MarketplaceID(r.ID), Name: r.Name, ReturnURLs: urls, CreatedAt: r.Created.Time()}, err
}

func findMarketplace(db *gorm.DB, id approvals.MarketplaceID) (approvals.Marketplace, error) {
	var row marketplaceRow
	if err := db.Where("id = ?", string(id)).Take(&row).Error; err != nil {
		return approvals.Marketplace{}, err
	}
	return row.marketplace()
}

// Marketplace implements approvals.Registry.
func (r *Registry) Marketplace(ctx context.Context, id approvals.MarketplaceID) (approvals.Marketplace, error) {
	m, err := findMarketplace(r.db.Read(ctx), id)
	if err != nil {
		return m, fmt.Errorf("load marketplace %s: %w", id, Explain(err))
	}
	return m, nil
}

// Marketplaces implements approvals.Registry.
func (r *Registry) Marketplaces(ctx context.Context) ([]approvals.Marketplace, error) {
	var rows []marketplaceRow
	if err := r.db.Read(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list marketplaces: %w", Explain(err))
	}
	out := make([]approvals.Marketplace, 0, len(rows))
	for _, row := range rows {
		m, err := row.marketplace()
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// AddMarketplace implements approvals.Registry. An id that is taken is
// CodeInvalid.
func (r *Registry) AddMarketplace(ctx context.Context, n approvals.NewMarketplace) error {
	m := n.Marketplace
	urls, err := list(m.ReturnURLs)
	if err != nil {
		return fmt.Errorf("encode marketplace %s: %w", m.ID, err)
	}
	return r.db.InTx(ctx, func(tx *Tx) error {
		row := marketplaceRow{ID: string(m.ID), Name: m.Name, ReturnURLs: urls, Created: At(m.CreatedAt)}
		if err := tx.Create(&row).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return approvals.Invalid(approvals.FieldError{Field: "id", Message: "is taken by another marketplace"})
			}
			return fmt.Errorf("add marketplace %s: %w", m.ID, err)
		}
		first := approvals.APIKey{
			ID: r.newID(), Marketplace: m.ID, Name: "First key", Hint: n.KeyHint, Scopes: approvals.Scopes(), CreatedBy: "operator", CreatedAt: m.CreatedAt,
		}
		key, err := newAPIKeyRow(approvals.NewAPIKey{Hash: n.KeyHash, APIKey: first})
		if err != nil {
			return err
		}
		if err := tx.Create(&key).Error; err != nil {
			return fmt.Errorf("add the API key of marketplace %s: %w", m.ID, err)
		}
		if err := tx.Record(approvals.FirstKey(r.newID(), first)); err != nil {
			return err
		}
		if n.Endpoint == nil {
			return nil
		}
		endpoint := *n.Endpoint
		endpoint.Marketplace = m.ID
		target, err := r.newEndpointRow(endpoint, m.CreatedAt)
		if err != nil {
			return err
		}
		if err := tx.Create(&target).Error; err != nil {
			return fmt.Errorf("add the endpoint of marketplace %s: %w", m.ID, err)
		}
		return nil
	})
}
