package approvaldb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Resend implements approvals.Deliveries.
func (s *Deliveries) Resend(ctx context.Context, key approvals.DeliveryKey, now time.Time, e audit.Event, answer func(approvals.Sent) (*approvals.Answer, error)) error {
	err := s.db.InTx(ctx, func(tx *Tx) error {
		row, err := ownDelivery(tx.Lock(), tx.DB, key)
		if err != nil {
			return err
		}
		target, err := tx.target(row.Endpoint)
		if err != nil {
			return err
		}
		if target.DisabledAt != (Instant{}) {
			return approvals.Refuse(approvals.CodeEndpointDisabled)
		}
		if err := tx.again(now, row.ID); err != nil {
			return err
		}
		if err := tx.enqueue(s.enqueuer, []approvals.Outgoing{{Kind: approvals.OutgoingDelivery, ID: row.ID}}); err != nil {
			return err
		}
		e.ID = s.newID()
		if err := tx.Record(e); err != nil {
			return err
		}
		if err := tx.Where("id = ?", row.ID).Take(&row).Error; err != nil {
			return err
		}
		all, err := withAttempts(tx.DB, []deliveryRow{row})
		if err != nil {
			return err
		}
		a, err := answer(all[0])
		if err != nil {
			return err
		}
		return s.addAnswer(tx, a)
	})
	if err != nil {
		return fmt.Errorf("resend delivery %s: %w", key.ID, err)
	}
	return nil
}

// again begins a new round of attempts of these deliveries, under the same
// webhook-id. One that is being posted at this moment is left to its worker.
func (tx *Tx) again(now time.Time, ids ...string) error {
	return tx.Model(&deliveryRow{}).Where("id IN ? AND (leased_until IS NULL OR leased_until <= ?)", ids, At(now)).Updates(map[string]any{
		"state": string(approvals.DeliveryPending), "base": gorm.Expr("attempts"), "begun_at": At(now), "paced": false,
		"next_at": At(now), "wake_at": At(now), "leased_until": nil, "settled_at": nil,
	}).Error
}

// ResendRange implements approvals.Deliveries. The sweeper wakes the workers
// for what it made due, batch by batch, so that a large range holds up nothing.
func (s *Deliveries) ResendRange(ctx context.Context, r approvals.ResendRange) (count int, err error) {
	if !wellFormed(r.Endpoint.ID) {
		return 0, notFound()
	}
	err = s.db.InTx(ctx, func(tx *Tx) error {
		var target endpointRow
		if err := tx.Where("marketplace = ? AND id = ?", string(r.Endpoint.Marketplace), r.Endpoint.ID).Take(&target).Error; err != nil {
			return err
		}
		if target.DisabledAt != (Instant{}) {
			return approvals.Refuse(approvals.CodeEndpointDisabled)
		}
		ids, err := tx.inRange(r)
		if err != nil {
			return err
		}
		if count = len(ids); count > approvals.MaxResends {
			return approvals.Invalid(approvals.FieldError{Field: "to", Message: "names more than 5000 deliveries; ask for a shorter time"})
		}
		return s.resendAll(tx, r, ids)
	})
	if err != nil {
		return 0, fmt.Errorf("resend to endpoint %s: %w", r.Endpoint.ID, err)
	}
	return count, nil
}

func (tx *Tx) inRange(r approvals.ResendRange) ([]string, error) {
	q := tx.Model(&deliveryRow{}).Where("endpoint = ? AND created_at >= ? AND created_at < ?", r.Endpoint.ID, At(r.From), At(r.To))
	if r.All {
		q = q.Where("state <> 'pending'")
	} else {
		q = q.Where("state <> 'delivered' AND state = 'dead'")
	}
	var ids []string
	return ids, q.Order("id").Limit(approvals.MaxResends+1).Pluck("id", &ids).Error
}

func (s *Deliveries) resendAll(tx *Tx, r approvals.ResendRange, ids []string) error {
	if !r.DryRun {
		for from := 0; from < len(ids); from += maxBatch {
			if err := tx.again(r.Now, ids[from:min(from+maxBatch, len(ids))]...); err != nil {
				return err
			}
		}
		r.Event.ID = s.newID()
		r.Event.Data["count"] = strconv.Itoa(len(ids))
		if err := tx.Record(r.Event); err != nil {
			return err
		}
	}
	if r.Answer == nil {
		return nil
	}
	a, err := r.Answer(len(ids))
	if err != nil {
		return err
	}
	return s.addAnswer(tx, a)
}

// maxBatch is how many rows one statement names.
const maxBatch = 500
