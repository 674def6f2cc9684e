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
// for what it made due, batch by batch, so that a large range holds up nothing;
// one that is only counted is counted before anybody has to wait.
func (s *Deliveries) ResendRange(ctx context.Context, r approvals.ResendRange) (count int, err error) {
	if !wellFormed(r.Endpoint.ID) {
		return 0, notFound()
	}
	var ids []string
	if r.DryRun {
		err = s.db.snapshot(ctx, func(db *gorm.DB) (err error) {
			ids, err = inRange(db, r)
			return err
		})
		err = Explain(err)
	}
	if err == nil && (!r.DryRun || r.Answer != nil) {
		err = s.db.InTx(ctx, func(tx *Tx) (err error) {
			if !r.DryRun {
				if ids, err = inRange(tx.DB, r); err != nil {
					return err
				}
			}
			return s.resendAll(tx, r, ids)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("resend to endpoint %s: %w", r.Endpoint.ID, err)
	}
	return len(ids), nil
}

// inRange lists what a range names, of an endpoint that takes deliveries.
func inRange(db *gorm.DB, r approvals.ResendRange) ([]string, error) {
	var target endpointRow
	if err := db.Where("marketplace = ? AND id = ?", string(r.Endpoint.Marketplace), r.Endpoint.ID).Take(&target).Error; err != nil {
		return nil, err
	}
	if target.DisabledAt != (Instant{}) {
		return nil, approvals.Refuse(approvals.CodeEndpointDisabled)
	}
	q := db.Model(&deliveryRow{}).Where("endpoint = ? AND created_at >= ? AND created_at < ?", r.Endpoint.ID, At(r.From), At(r.To))
	if r.All {
		q = q.Where("state <> 'pending'")
	} else {
		q = q.Where("state <> 'delivered' AND state = 'dead'")
	}
	var ids []string
	if err := q.Order("created_at, id").Limit(approvals.MaxResends+1).Pluck("id", &ids).Error; err != nil {
		return nil, err
	}
	if len(ids) > approvals.MaxResends {
		return nil, approvals.Invalid(approvals.FieldError{Field: "to", Message: "names more than 5000 deliveries; ask for a shorter time"})
	}
	return ids, nil
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
