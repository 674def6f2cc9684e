package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/approvals"
)

type deliveryRow struct {
	ID          string `gorm:"primaryKey"`
	Endpoint    string
	Event       string
	About       *string
	Type        string
	Seller      string
	Action      *string
	ActionState string
	Digest      string
	Sequence    int64
	Created     Instant `gorm:"column:created_at"`
	State       string
	Attempts    int64
	Base        int64
	BegunAt     Instant
	Paced       bool
	NextAt      Instant
	WakeAt      Instant
	LeasedUntil Instant
	SettledAt   Instant
	Status      int64
	Answer      string
}

func (deliveryRow) TableName() string { return "deliveries" }

// tryRow is one attempt to deliver.
type tryRow struct {
	Delivery    string `gorm:"primaryKey"`
	Number      int64  `gorm:"primaryKey;autoIncrement:false"`
	AttemptedAt Instant
	Status      int64
	Latency     int64 // microseconds
	Answer      string
}

func (tryRow) TableName() string { return "delivery_attempts" }

func (r tryRow) attempt() approvals.DeliveryAttempt {
	return approvals.DeliveryAttempt{
		Number: int(r.Number), At: r.AttemptedAt.Time(), Status: int(r.Status), Latency: time.Duration(r.Latency) * time.Microsecond, Answer: r.Answer,
	}
}

// deliverySettlement are the columns that putting off and settling write.
var deliverySettlement = []string{"state", "paced", "next_at", "wake_at", "leased_until", "settled_at", "status", "answer"}

// TakeDelivery implements approvals.Outbox.
func (o *Outbox) TakeDelivery(ctx context.Context, id string, now time.Time, decide func(approvals.Delivery) approvals.Taken) (approvals.Delivery, error) {
	if !wellFormed(id) {
		return approvals.Delivery{}, approvals.ErrNotDue
	}
	var out approvals.Delivery
	leased := false
	err := o.db.InTx(ctx, func(tx *Tx) (err error) {
		var row deliveryRow
		err = tx.Lock().Where("id = ? AND state = 'pending' AND next_at <= ? AND (leased_until IS NULL OR leased_until <= ?)", id, At(now), At(now)).
			Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return approvals.ErrNotDue
		}
		if err != nil {
			return err
		}
		target, err := tx.target(row.Endpoint)
		if err != nil {
			return err
		}
		out = delivery(row, target)
		t := decide(out)
		if leased = !t.Until.IsZero(); leased {
			if out.Endpoint.Keys, err = o.endpointKeys(target); err != nil {
				return err
			}
		}
		return tx.taken(row, t, now)
	})
	if err == nil && !leased {
		err = approvals.ErrNotDue
	}
	if err != nil {
		return approvals.Delivery{}, fmt.Errorf("take delivery %s: %w", id, err)
	}
	return out, nil
}

// target loads the endpoint of a delivery. It is locked only where its health
// is going to be counted: in good health nobody waits for anybody.
func (tx *Tx) target(id string) (endpointRow, error) {
	var row endpointRow
	err := tx.Where("id = ?", id).Take(&row).Error
	if err == nil && row.health() != (approvals.Health{}) {
		err = tx.Lock().Where("id = ?", id).Take(&row).Error
	}
	return row, err
}

// taken saves what was decided.
func (tx *Tx) taken(row deliveryRow, t approvals.Taken, now time.Time) error {
	if t.Health != nil {
		if err := tx.saveHealth(row.Endpoint, *t.Health); err != nil {
			return err
		}
	}
	switch {
	case !t.Until.IsZero():
		return tx.Model(&deliveryRow{}).Where("id = ?", row.ID).
			Updates(map[string]any{"attempts": row.Attempts + 1, "leased_until": At(t.Until), "wake_at": At(t.Until)}).Error
	case t.Dead != "":
		row.State, row.Answer, row.SettledAt, row.NextAt, row.WakeAt = string(approvals.DeliveryDead), t.Dead, At(now), Instant{}, Instant{}
	default:
		row.NextAt, row.WakeAt = At(t.NextAt), At(t.NextAt)
	}
	row.Paced, row.LeasedUntil = t.Paced, Instant{}
	return tx.Model(&deliveryRow{}).Where("id = ?", row.ID).Select(deliverySettlement).Updates(row).Error
}

func (tx *Tx) saveHealth(endpoint string, h approvals.Health) error {
	return tx.Model(&endpointRow{}).Where("id = ?", endpoint).Select("failures", "opens_at", "turn_at").
		Updates(endpointRow{Failures: int64(h.Failures), OpensAt: At(h.OpensAt), TurnAt: At(h.TurnAt)}).Error
}

func delivery(row deliveryRow, target endpointRow) approvals.Delivery {
	return approvals.Delivery{
		ID: row.ID, Endpoint: target.endpoint(), Event: row.event(), Attempts: int(row.Attempts), Base: int(row.Base),
		BegunAt: row.BegunAt.Time(), Paced: row.Paced,
	}
}

func (r deliveryRow) event() approvals.ThinEvent {
	return approvals.ThinEvent{
		ID: r.Event, Type: r.Type, At: r.Created.Time(), Action: approvals.ActionID(given(r.Action)), Seller: approvals.SellerID(r.Seller),
		Endpoint: given(r.About), State: approvals.State(r.ActionState), Digest: r.Digest, Sequence: int(r.Sequence),
	}
}

// SettleDelivery implements approvals.Outbox.
func (o *Outbox) SettleDelivery(ctx context.Context, s approvals.DeliverySettled) error {
	if !wellFormed(s.ID) {
		return notFound()
	}
	err := o.db.InTx(ctx, func(tx *Tx) error {
		var row deliveryRow
		if err := tx.Lock().Select("id", "endpoint").Where("id = ?", s.ID).Take(&row).Error; err != nil {
			return err
		}
		if err := tx.settleDelivery(s); err != nil {
			return err
		}
		return o.settleEndpoint(tx, row.Endpoint, s)
	})
	if err != nil {
		return fmt.Errorf("settle delivery %s: %w", s.ID, err)
	}
	return nil
}

func (tx *Tx) settleDelivery(s approvals.DeliverySettled) error {
	a := s.Attempt
	made := tryRow{
		Delivery: s.ID, Number: int64(a.Number), AttemptedAt: At(a.At), Status: int64(a.Status), Latency: a.Latency.Microseconds(), Answer: a.Answer,
	}
	// A worker that was given up and comes back does not overwrite the attempt of
	// the one that took its place.
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&made).Error; err != nil {
		return err
	}
	row := deliveryRow{State: string(s.State), Status: int64(a.Status), Answer: a.Answer}
	if s.State == approvals.DeliveryPending {
		row.NextAt, row.WakeAt = At(s.NextAt), At(s.NextAt)
	} else {
		row.SettledAt = At(a.At.Add(a.Latency))
	}
	return tx.Model(&deliveryRow{}).Where("id = ? AND state = 'pending'", s.ID).Select(deliverySettlement).Updates(row).Error
}

// settleEndpoint writes what an attempt says of its endpoint.
func (o *Outbox) settleEndpoint(tx *Tx, id string, s approvals.DeliverySettled) error {
	if s.Disable || s.Health != nil {
		var target endpointRow
		if err := tx.Lock().Where("id = ?", id).Take(&target).Error; err != nil {
			return err
		}
		switch {
		case s.Disable && target.DisabledAt == (Instant{}):
			if err := o.saveEndpoint(tx, target, target.endpoint().Gone(s.Attempt.At, o.newID())); err != nil {
				return err
			}
		case s.Health != nil:
			if err := tx.saveHealth(id, s.Health(target.health())); err != nil {
				return err
			}
		}
	}
	if !s.Recovered {
		return nil
	}
	return tx.comeForward(id, s.Attempt.At)
}

// comeForward makes some of those due that wait for a turn. Each of them that
// succeeds brings others.
func (tx *Tx) comeForward(endpoint string, now time.Time) error {
	var ids []string
	err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Model(&deliveryRow{}).
		Where("endpoint = ? AND paced AND next_at > ?", endpoint, At(now)).Order("next_at").Limit(forward).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	return tx.Model(&deliveryRow{}).Where("id IN ?", ids).Updates(map[string]any{"next_at": At(now), "wake_at": At(now)}).Error
}

// forward is how many come forward at once.
const forward = 50
