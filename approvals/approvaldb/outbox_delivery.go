package approvaldb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
)

type deliveryRow struct {
	ID          string `gorm:"primaryKey"`
	Endpoint    string
	Type        string
	Seller      string
	Action      *string
	ActionState string
	Digest      string
	Sequence    int64
	Created     Instant `gorm:"column:created_at"`
	State       string
	Attempts    int64
	NextAt      Instant
	WakeAt      Instant
	LeasedUntil Instant
	SettledAt   Instant
	Status      int64
	Answer      string
}

func (deliveryRow) TableName() string { return "deliveries" }

// TakeDelivery implements approvals.Outbox. A delivery to an endpoint that was
// disabled meanwhile is given up.
func (o *Outbox) TakeDelivery(ctx context.Context, id string, now, until time.Time) (approvals.Delivery, error) {
	var out approvals.Delivery
	disabled := false
	err := o.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.lease("deliveries", id, now, until); err != nil {
			return err
		}
		var row deliveryRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		var target endpointRow
		if err := tx.Where("id = ?", row.Endpoint).Take(&target).Error; err != nil {
			return err
		}
		if disabled = !target.DisabledAt.Time().IsZero(); disabled {
			return tx.settleDelivery(approvals.DeliverySettled{ID: id, State: approvals.DeliveryDead, At: now, Answer: "endpoint disabled"})
		}
		var err error
		out, err = o.delivery(row, target)
		return err
	})
	if err == nil && disabled {
		err = approvals.ErrNotDue
	}
	if err != nil {
		return approvals.Delivery{}, fmt.Errorf("take delivery %s: %w", id, err)
	}
	return out, nil
}

func (o *Outbox) delivery(row deliveryRow, target endpointRow) (approvals.Delivery, error) {
	endpoint, err := o.endpoint(target)
	return approvals.Delivery{
		ID: row.ID, Endpoint: endpoint, Type: row.Type, Action: approvals.ActionID(given(row.Action)), Seller: approvals.SellerID(row.Seller),
		State: approvals.State(row.ActionState), Digest: row.Digest, Sequence: int(row.Sequence), At: row.Created.Time(), Attempts: int(row.Attempts) - 1,
	}, err
}

// SettleDelivery implements approvals.Outbox.
func (o *Outbox) SettleDelivery(ctx context.Context, s approvals.DeliverySettled) error {
	if !wellFormed(s.ID) {
		return notFound()
	}
	err := o.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.settleDelivery(s); err != nil {
			return err
		}
		if !s.Disable {
			return nil
		}
		return tx.Model(&endpointRow{}).Where("id = (SELECT d.endpoint FROM deliveries d WHERE d.id = ?) AND disabled_at IS NULL", s.ID).
			Select("disabled_at").Updates(endpointRow{DisabledAt: At(s.At)}).Error
	})
	if err != nil {
		return fmt.Errorf("settle delivery %s: %w", s.ID, err)
	}
	return nil
}

func (tx *Tx) settleDelivery(s approvals.DeliverySettled) error {
	row := deliveryRow{State: string(s.State), Status: int64(s.Status), Answer: s.Answer}
	if s.State == approvals.DeliveryPending {
		row.NextAt, row.WakeAt = At(s.NextAt), At(s.NextAt)
	} else {
		row.SettledAt = At(s.At)
	}
	return tx.Model(&deliveryRow{}).Where("id = ? AND state = 'pending'", s.ID).
		Select("state", "next_at", "wake_at", "leased_until", "settled_at", "status", "answer").Updates(row).Error
}

type endpointRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	URL         string
	Secrets     []byte // sealed JSON
	Events      string
	Created     Instant `gorm:"column:created_at"`
	DisabledAt  Instant
}

func (endpointRow) TableName() string { return "endpoints" }

func (k core) newEndpointRow(e approvals.Endpoint, at time.Time) (endpointRow, error) {
	row := endpointRow{ID: e.ID, Marketplace: string(e.Marketplace), URL: e.URL, Created: At(at)}
	if row.ID == "" {
		row.ID = k.newID()
	}
	secrets, err1 := json.Marshal(e.Secrets)
	events, err2 := list(e.Events)
	if err := errors.Join(err1, err2); err != nil {
		return row, fmt.Errorf("encode endpoint %s: %w", row.ID, err)
	}
	row.Events = events
	sealed, err := k.seal(secrets, "endpoints", row.ID)
	row.Secrets = sealed
	return row, err
}

func (k core) endpoint(row endpointRow) (approvals.Endpoint, error) {
	e := approvals.Endpoint{ID: row.ID, Marketplace: approvals.MarketplaceID(row.Marketplace), URL: row.URL}
	raw, err := k.unseal(row.Secrets, "endpoints", row.ID)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(raw, &e.Secrets); err != nil {
		return e, fmt.Errorf("read the secrets of endpoint %s: %w", row.ID, errSeal)
	}
	e.Events, err = unlist(row.Events)
	return e, err
}
