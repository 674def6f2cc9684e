package approvaldb

import (
	"slices"

	"countersign/approvals"
)

// announcementRow is a thin event. Its column tx is the database's own and no
// row here has it.
type announcementRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Type        string
	Seller      string
	Action      *string
	Endpoint    *string
	ActionState string
	Digest      string
	Sequence    int64
	OccurredAt  Instant
}

func (announcementRow) TableName() string { return "announcements" }

// announce writes each event once, for those who ask, and a delivery of it for
// each endpoint that wants it. An endpoint in trouble is not hurried: its
// deliveries have no job, the sweeper finds them in their time.
func (k core) announce(tx *Tx, o outgoing) ([]approvals.Outgoing, error) {
	var events []announcementRow
	var rows []deliveryRow
	var due []approvals.Outgoing
	for _, kind := range o.webhooks {
		e := o.event(k.newID(), kind)
		events = append(events, newAnnouncementRow(o.seller.Marketplace, e))
		for _, to := range o.endpoints {
			wanted, err := unlist(to.events)
			if err != nil {
				return nil, err
			}
			if len(wanted) > 0 && !slices.Contains(wanted, kind) {
				continue
			}
			row := newDeliveryRow(k.newID(), to.id, e)
			if to.opensAt.Time().After(o.at) {
				row.NextAt, row.WakeAt = to.opensAt, to.opensAt
			} else {
				due = append(due, approvals.Outgoing{Kind: approvals.OutgoingDelivery, ID: row.ID})
			}
			rows = append(rows, row)
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	if err := add(tx, events...); err != nil || len(rows) == 0 {
		return nil, err
	}
	return due, add(tx, rows...)
}

// event is the thin event of this type.
func (o outgoing) event(id, kind string) approvals.ThinEvent {
	e := approvals.ThinEvent{ID: id, Type: kind, At: o.at, Seller: o.seller.Seller, Endpoint: o.about}
	if a := o.action; a != nil {
		e.Action, e.State, e.Digest, e.Sequence = a.ID, a.State, a.Digest.String(), o.sequence
	}
	if p := o.policy; p != nil {
		e.Digest, e.Sequence = approvals.Digest(p.Hash).String(), p.Number
	}
	return e
}

func newAnnouncementRow(m approvals.MarketplaceID, e approvals.ThinEvent) announcementRow {
	return announcementRow{
		ID: e.ID, Marketplace: string(m), Type: e.Type, Seller: string(e.Seller), Action: optional(string(e.Action)),
		Endpoint: optional(e.Endpoint), ActionState: string(e.State), Digest: e.Digest, Sequence: int64(e.Sequence), OccurredAt: At(e.At),
	}
}

func (r announcementRow) event() approvals.ThinEvent {
	return approvals.ThinEvent{
		ID: r.ID, Type: r.Type, At: r.OccurredAt.Time(), Action: approvals.ActionID(given(r.Action)), Seller: approvals.SellerID(r.Seller),
		Endpoint: given(r.Endpoint), State: approvals.State(r.ActionState), Digest: r.Digest, Sequence: int(r.Sequence),
	}
}

// newDeliveryRow is due at once. Its job is made in the same transaction: the
// sweeper looks for it only later.
func newDeliveryRow(id, endpoint string, e approvals.ThinEvent) deliveryRow {
	return deliveryRow{
		ID: id, Endpoint: endpoint, Event: e.ID, About: optional(e.Endpoint), Type: e.Type, Seller: string(e.Seller),
		Action: optional(string(e.Action)), ActionState: string(e.State), Digest: e.Digest, Sequence: int64(e.Sequence),
		Created: At(e.At), State: string(approvals.DeliveryPending), BegunAt: At(e.At), NextAt: At(e.At), WakeAt: At(e.At.Add(approvals.WakeAgain)),
	}
}
