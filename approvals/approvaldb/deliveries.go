package approvaldb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Deliveries implements approvals.Deliveries.
type Deliveries struct{ core }

// Deliveries implements approvals.Deliveries. A delivery is found by way of its
// endpoint; a marketplace has few of those.
func (s *Deliveries) Deliveries(ctx context.Context, q approvals.DeliveryQuery) ([]approvals.Sent, error) {
	var out []approvals.Sent
	err := s.db.snapshot(ctx, func(db *gorm.DB) error {
		var endpoints []string
		of := db.Model(&endpointRow{}).Where("marketplace = ?", string(q.Marketplace))
		if q.Endpoint != "" {
			if !wellFormed(q.Endpoint) {
				return gorm.ErrRecordNotFound
			}
			of = of.Where("id = ?", q.Endpoint)
		}
		if err := of.Order("id").Pluck("id", &endpoints).Error; err != nil {
			return err
		}
		if q.Endpoint != "" && len(endpoints) == 0 {
			return gorm.ErrRecordNotFound
		}
		var rows []deliveryRow
		for _, id := range endpoints {
			var some []deliveryRow
			if err := selectDeliveries(db, id, q).Find(&some).Error; err != nil {
				return err
			}
			rows = append(rows, some...)
		}
		slices.SortFunc(rows, func(a, b deliveryRow) int { return strings.Compare(b.ID, a.ID) })
		var err error
		out, err = withAttempts(db, rows[:min(len(rows), q.Limit)])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", Explain(err))
	}
	return out, nil
}

func selectDeliveries(db *gorm.DB, endpoint string, q approvals.DeliveryQuery) *gorm.DB {
	db = db.Where("endpoint = ?", endpoint)
	switch {
	case q.State == approvals.DeliveryDelivered:
		db = db.Where("state = ?", string(q.State))
	case q.State != "":
		db = db.Where("state <> 'delivered' AND state = ?", string(q.State)) // the index of what is not delivered
	}
	if q.Type != "" {
		db = db.Where("type = ?", q.Type)
	}
	if wellFormed(q.Before) {
		db = db.Where("id < ?", q.Before)
	}
	return db.Order("id DESC").Limit(q.Limit)
}

// withAttempts completes deliveries in one statement.
func withAttempts(db *gorm.DB, rows []deliveryRow) ([]approvals.Sent, error) {
	out := make([]approvals.Sent, 0, len(rows))
	at := map[string]int{}
	var ids []string
	for i, r := range rows {
		out = append(out, r.sent())
		at[r.ID] = i
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return out, nil
	}
	var attempts []tryRow
	if err := db.Where("delivery IN ?", ids).Order("delivery, number").Find(&attempts).Error; err != nil {
		return nil, err
	}
	for _, a := range attempts {
		s := &out[at[a.Delivery]]
		s.Attempts = append(s.Attempts, a.attempt())
	}
	return out, nil
}

func (r deliveryRow) sent() approvals.Sent {
	return approvals.Sent{
		ID: r.ID, Endpoint: r.Endpoint, Event: r.event(), State: approvals.DeliveryState(r.State), NextAt: r.NextAt.Time(), SettledAt: r.SettledAt.Time(),
	}
}

// Delivery implements approvals.Deliveries.
func (s *Deliveries) Delivery(ctx context.Context, key approvals.DeliveryKey) (approvals.Sent, error) {
	var out approvals.Sent
	err := s.db.snapshot(ctx, func(db *gorm.DB) error {
		row, err := ownDelivery(db, db, key)
		if err != nil {
			return err
		}
		all, err := withAttempts(db, []deliveryRow{row})
		if err == nil {
			out = all[0]
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("load delivery %s: %w", key.ID, Explain(err))
	}
	return out, nil
}

// ownDelivery loads a delivery, locked as the first handle says, if it goes to
// an endpoint of this marketplace.
func ownDelivery(locked, db *gorm.DB, key approvals.DeliveryKey) (deliveryRow, error) {
	var row deliveryRow
	if !wellFormed(key.ID) {
		return row, notFound()
	}
	if err := locked.Where("id = ?", key.ID).Take(&row).Error; err != nil {
		return row, err
	}
	var owner endpointRow
	if err := db.Select("id").Where("id = ? AND marketplace = ?", row.Endpoint, string(key.Marketplace)).Take(&owner).Error; err != nil {
		return deliveryRow{}, err
	}
	return row, nil
}
