package approvaldb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"countersign/approvals"
)

// actionRow is approvals.Action as stored, without its notices and proofs.
type actionRow struct {
	ID            string `gorm:"primaryKey"`
	Marketplace   string
	Seller        string
	Kind          string
	Reference     string
	Details       []byte // sealed
	Digest        []byte
	Fingerprint   string
	Context       string
	ReturnURL     string
	Metadata      *string
	Created       Instant `gorm:"column:created_at"`
	State         string
	HeldFrom      *string
	Hold          *string
	Cancel        *string
	Generation    int64
	LockEpoch     int64
	Decision      string
	Wait          int64 // microseconds
	StepUpBy      Instant
	NotifyBy      Instant
	NotBefore     Instant
	ConfirmBy     Instant
	RenewAt       Instant
	ClaimBy       Instant
	ResultBy      Instant
	HoldBy        Instant
	Claim         *int64
	ClaimedAt     Instant
	ConfirmSerial int64
	Resends       int64
	ResentAt      Instant
	Version       int64
	MovedAt       Instant
	EndedAt       Instant
	DueAt         Instant
}

func (actionRow) TableName() string { return "actions" }

// actionMoves are the columns a move may write; the others never change.
var actionMoves = []string{
	"state", "held_from", "hold", "cancel", "generation", "lock_epoch", "decision", "wait",
	"step_up_by", "notify_by", "not_before", "confirm_by", "renew_at", "claim_by", "result_by", "hold_by",
	"claim", "claimed_at", "confirm_serial", "resends", "resent_at", "version", "moved_at", "ended_at", "due_at",
}

// moveRow returns the row with the columns a move may write.
func moveRow(a approvals.Action) (actionRow, error) {
	decision, err := json.Marshal(a.Decision)
	if err != nil {
		return actionRow{}, fmt.Errorf("encode the decision of action %s: %w", a.ID, err)
	}
	r := actionRow{
		State: string(a.State), HeldFrom: optional(string(a.HeldFrom)), Hold: optional(string(a.Hold)), Cancel: optional(string(a.Cancel)),
		Generation: int64(a.Generation), LockEpoch: int64(a.LockEpoch), Decision: string(decision), Wait: a.Wait.Microseconds(),
		StepUpBy: At(a.StepUpBy), NotifyBy: At(a.NotifyBy), NotBefore: At(a.NotBefore), ConfirmBy: At(a.ConfirmBy),
		RenewAt: At(a.RenewAt), ClaimBy: At(a.ClaimBy), ResultBy: At(a.ResultBy), HoldBy: At(a.HoldBy),
		ClaimedAt: At(a.ClaimedAt), ConfirmSerial: int64(a.ConfirmSerial), Resends: int64(a.Resends), ResentAt: At(a.ResentAt),
		Version: int64(a.Version), MovedAt: At(a.MovedAt), EndedAt: At(a.EndedAt), DueAt: At(a.DueAt()),
	}
	if a.Claims > 0 {
		n := int64(a.Claims)
		r.Claim = &n
	}
	return r, nil
}

// newRow returns the whole row of a new action.
func (k core) newRow(a approvals.Action) (actionRow, error) {
	r, err := moveRow(a)
	if err != nil {
		return r, err
	}
	context, err := json.Marshal(a.Context)
	if err != nil {
		return r, fmt.Errorf("encode the context of action %s: %w", a.ID, err)
	}
	r.ID, r.Marketplace, r.Seller, r.Kind, r.Reference = string(a.ID), string(a.Marketplace), string(a.Seller), string(a.Kind), a.Reference
	r.Digest, r.Fingerprint, r.Context, r.ReturnURL = bytes.Clone(a.Digest[:]), a.Fingerprint, string(context), a.ReturnURL
	r.Metadata, r.Created = optional(string(a.Metadata)), At(a.CreatedAt)
	r.Details, err = k.seal(a.Details, "actions", r.Marketplace, r.ID)
	return r, err
}

// action returns the stored action without its notices and proofs.
func (k core) action(r actionRow) (approvals.Action, error) {
	a := approvals.Action{
		ID: approvals.ActionID(r.ID), Reference: r.Reference, Kind: approvals.Kind(r.Kind),
		Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.Seller),
		Fingerprint: r.Fingerprint, ReturnURL: r.ReturnURL, CreatedAt: r.Created.Time(),
		State: approvals.State(r.State), HeldFrom: approvals.State(given(r.HeldFrom)),
		Hold: approvals.HoldCode(given(r.Hold)), Cancel: approvals.CancelReason(given(r.Cancel)),
		Generation: int(r.Generation), LockEpoch: int(r.LockEpoch), Wait: time.Duration(r.Wait) * time.Microsecond,
		StepUpBy: r.StepUpBy.Time(), NotifyBy: r.NotifyBy.Time(), NotBefore: r.NotBefore.Time(), ConfirmBy: r.ConfirmBy.Time(),
		RenewAt: r.RenewAt.Time(), ClaimBy: r.ClaimBy.Time(), ResultBy: r.ResultBy.Time(), HoldBy: r.HoldBy.Time(),
		ClaimedAt: r.ClaimedAt.Time(), ConfirmSerial: int(r.ConfirmSerial), Resends: int(r.Resends), ResentAt: r.ResentAt.Time(),
		Version: int(r.Version), MovedAt: r.MovedAt.Time(), EndedAt: r.EndedAt.Time(),
	}
	if r.Claim != nil {
		a.Claims = int(*r.Claim)
	}
	if r.Metadata != nil {
		a.Metadata = json.RawMessage(*r.Metadata)
	}
	copy(a.Digest[:], r.Digest)
	if err := json.Unmarshal([]byte(r.Context), &a.Context); err != nil {
		return a, fmt.Errorf("read the context of action %s: %w", a.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Decision), &a.Decision); err != nil {
		return a, fmt.Errorf("read the decision of action %s: %w", a.ID, err)
	}
	details, err := k.unseal(r.Details, "actions", r.Marketplace, r.ID)
	if err != nil {
		return a, fmt.Errorf("read action %s: %w", a.ID, err)
	}
	a.Details = details
	return a, nil
}

// stored returns a with its times as they are stored, so that what a call
// answers is what the next one reads.
func stored(a approvals.Action) approvals.Action {
	for _, t := range []*time.Time{
		&a.CreatedAt, &a.StepUpBy, &a.NotifyBy, &a.NotBefore, &a.ConfirmBy, &a.RenewAt, &a.ClaimBy,
		&a.ResultBy, &a.HoldBy, &a.ClaimedAt, &a.ResentAt, &a.MovedAt, &a.EndedAt,
	} {
		*t = At(*t).Time()
	}
	contacts := make([]approvals.Notice, 0, len(a.Contacts))
	for _, n := range a.Contacts {
		n.AcceptedAt, n.RefusedAt, n.VerifiedAt = At(n.AcceptedAt).Time(), At(n.RefusedAt).Time(), At(n.VerifiedAt).Time()
		contacts = append(contacts, n)
	}
	proofs := make([]approvals.Proof, 0, len(a.Proofs))
	for _, p := range a.Proofs {
		p.At = At(p.At).Time()
		proofs = append(proofs, p)
	}
	a.Contacts, a.Proofs, a.Push = contacts, proofs, storedPush(a.Push)
	return a
}
