package approvaldb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
)

// Endpoints implements approvals.Endpoints.
type Endpoints struct{ core }

type endpointRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	URL         string
	Secrets     []byte // sealed JSON
	Events      string
	Created     Instant `gorm:"column:created_at"`
	DisabledAt  Instant
	DisabledWhy *string
	Failures    int64
	OpensAt     Instant
	TurnAt      Instant
}

func (endpointRow) TableName() string { return "endpoints" }

func (r endpointRow) health() approvals.Health {
	return approvals.Health{Failures: int(r.Failures), OpensAt: r.OpensAt.Time(), TurnAt: r.TurnAt.Time()}
}

// endpoint is the row without its keys and what it wants to hear.
func (r endpointRow) endpoint() approvals.Endpoint {
	return approvals.Endpoint{
		ID: r.ID, Marketplace: approvals.MarketplaceID(r.Marketplace), URL: r.URL, CreatedAt: r.Created.Time(),
		DisabledAt: r.DisabledAt.Time(), DisabledWhy: given(r.DisabledWhy), Health: r.health(),
	}
}

// storedKey is a key in the sealed JSON. One from before there was v1a is a
// string: the secret alone.
type storedKey struct {
	Secret []byte     `json:"secret"`
	Seed   []byte     `json:"seed,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

// UnmarshalJSON reads both forms.
func (k *storedKey) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return json.Unmarshal(raw, &k.Secret)
	}
	type plain storedKey
	return json.Unmarshal(raw, (*plain)(k))
}

func (k core) sealKeys(e approvals.Endpoint) ([]byte, error) {
	all := make([]storedKey, 0, len(e.Keys))
	for _, key := range e.Keys {
		if !key.Valid() {
			return nil, fmt.Errorf("endpoint %s: a key has the wrong size", e.ID)
		}
		stored := storedKey{Secret: key.Secret, Seed: key.Seed}
		if !key.Until.IsZero() {
			stored.Until = &key.Until
		}
		all = append(all, stored)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encode the keys of endpoint %s: %w", e.ID, err)
	}
	return k.seal(raw, "endpoints", e.ID)
}

func (k core) endpointKeys(row endpointRow) ([]approvals.EndpointKey, error) {
	raw, err := k.unseal(row.Secrets, "endpoints", row.ID)
	if err != nil {
		return nil, err
	}
	var stored []storedKey
	if err := json.Unmarshal(raw, &stored); err != nil {
		return nil, fmt.Errorf("read the keys of endpoint %s: %w", row.ID, errSeal)
	}
	keys := make([]approvals.EndpointKey, 0, len(stored))
	for _, s := range stored {
		key := approvals.EndpointKey{Secret: s.Secret, Seed: s.Seed}
		if s.Until != nil {
			key.Until = At(*s.Until).Time()
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (k core) newEndpointRow(e approvals.Endpoint, at time.Time) (endpointRow, error) {
	row := endpointRow{ID: e.ID, Marketplace: string(e.Marketplace), URL: e.URL, Created: At(at)}
	if row.ID == "" {
		row.ID = k.newID()
		e.ID = row.ID
	}
	var err error
	if row.Events, err = list(e.Events); err != nil {
		return row, fmt.Errorf("encode endpoint %s: %w", row.ID, err)
	}
	row.Secrets, err = k.sealKeys(e)
	return row, err
}

// whole is the row with everything.
func (k core) whole(row endpointRow) (approvals.Endpoint, error) {
	e := row.endpoint()
	var err1, err2 error
	e.Keys, err1 = k.endpointKeys(row)
	e.Events, err2 = unlist(row.Events)
	return e, errors.Join(err1, err2)
}

// AddEndpoint implements approvals.Endpoints.
func (s *Endpoints) AddEndpoint(ctx context.Context, c approvals.EndpointChange) error {
	err := s.db.InTx(ctx, func(tx *Tx) error {
		if err := roomForEndpoint(tx, c.Endpoint.Marketplace); err != nil {
			return err
		}
		row, err := s.newEndpointRow(c.Endpoint, c.Endpoint.CreatedAt)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.attendEndpoint(tx, c)
	})
	if err != nil {
		return fmt.Errorf("add endpoint %s: %w", c.Endpoint.ID, err)
	}
	return nil
}

// roomForEndpoint counts. Those who add or enable at once count one after the
// other.
func roomForEndpoint(tx *Tx, m approvals.MarketplaceID) error {
	if err := tx.Lock().Where("id = ?", string(m)).Take(&marketplaceRow{}).Error; err != nil {
		return err
	}
	var live int64
	err := tx.Model(&endpointRow{}).Where("marketplace = ? AND disabled_at IS NULL", string(m)).Count(&live).Error
	if err == nil && live >= approvals.MaxEndpoints {
		err = approvals.Refuse(approvals.CodeEndpointLimit)
	}
	return err
}

// ChangeEndpoint implements approvals.Endpoints.
func (s *Endpoints) ChangeEndpoint(ctx context.Context, id approvals.EndpointID, step func(approvals.Endpoint) (approvals.EndpointChange, error)) error {
	if !wellFormed(id.ID) {
		return notFound()
	}
	err := s.db.InTx(ctx, func(tx *Tx) error {
		var row endpointRow
		if err := tx.Lock().Where("marketplace = ? AND id = ?", string(id.Marketplace), id.ID).Take(&row).Error; err != nil {
			return err
		}
		e, err := s.whole(row)
		if err != nil {
			return err
		}
		c, err := step(e)
		if err != nil {
			return err
		}
		if !row.DisabledAt.Time().IsZero() && c.Endpoint.DisabledAt.IsZero() {
			if err := roomForEndpoint(tx, id.Marketplace); err != nil {
				return err
			}
		}
		if c.Event.Verb != "" && c.Send == nil {
			if row.Secrets, err = s.sealKeys(c.Endpoint); err != nil {
				return err
			}
			if err := tx.Model(&endpointRow{}).Where("id = ?", row.ID).Select("secrets").Updates(row).Error; err != nil {
				return err
			}
		}
		return s.saveEndpoint(tx, row, c)
	})
	if err != nil {
		return fmt.Errorf("change endpoint %s: %w", id.ID, err)
	}
	return nil
}

// saveEndpoint saves a change of anything but the keys. One without an event,
// or one that sends a test, changes nothing.
func (k core) saveEndpoint(tx *Tx, row endpointRow, c approvals.EndpointChange) error {
	if c.Event.Verb != "" && c.Send == nil {
		e := c.Endpoint
		row.DisabledAt, row.DisabledWhy = At(e.DisabledAt), optional(e.DisabledWhy)
		row.Failures, row.OpensAt, row.TurnAt = int64(e.Health.Failures), At(e.Health.OpensAt), At(e.Health.TurnAt)
		err := tx.Model(&endpointRow{}).Where("id = ?", row.ID).
			Select("disabled_at", "disabled_why", "failures", "opens_at", "turn_at").Updates(row).Error
		if err != nil {
			return err
		}
	}
	return k.attendEndpoint(tx, c)
}

// attendEndpoint saves what a change brings with it.
func (k core) attendEndpoint(tx *Tx, c approvals.EndpointChange) error {
	if c.Event.Verb != "" {
		c.Event.ID = k.newID()
		if err := tx.Record(c.Event); err != nil {
			return err
		}
	}
	if e := c.Announce; e != nil {
		endpoints, err := tx.endpoints(c.Endpoint.Marketplace)
		if err != nil {
			return err
		}
		err = k.dispatch(tx, outgoing{
			seller: approvals.SellerKey{Marketplace: c.Endpoint.Marketplace}, at: e.At, webhooks: []string{e.Type}, endpoints: endpoints, about: e.Endpoint,
		})
		if err != nil {
			return err
		}
	}
	if d := c.Send; d != nil {
		row := newDeliveryRow(d.ID, c.Endpoint.ID, d.Event)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := tx.enqueue(k.enqueuer, []approvals.Outgoing{{Kind: approvals.OutgoingDelivery, ID: row.ID}}); err != nil {
			return err
		}
	}
	return k.addAnswer(tx, c.Answer)
}

// Endpoint implements approvals.Endpoints.
func (s *Endpoints) Endpoint(ctx context.Context, id approvals.EndpointID) (approvals.Endpoint, error) {
	if !wellFormed(id.ID) {
		return approvals.Endpoint{}, notFound()
	}
	var row endpointRow
	err := s.db.Read(ctx).Where("marketplace = ? AND id = ?", string(id.Marketplace), id.ID).Take(&row).Error
	if err != nil {
		return approvals.Endpoint{}, fmt.Errorf("load endpoint %s: %w", id.ID, Explain(err))
	}
	return s.whole(row)
}

// EndpointsOf implements approvals.Endpoints.
func (s *Endpoints) EndpointsOf(ctx context.Context, m approvals.MarketplaceID) ([]approvals.Endpoint, error) {
	var rows []endpointRow
	if err := s.db.Read(ctx).Where("marketplace = ?", string(m)).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list endpoints: %w", Explain(err))
	}
	out := make([]approvals.Endpoint, 0, len(rows))
	for _, row := range rows {
		e, err := s.whole(row)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
