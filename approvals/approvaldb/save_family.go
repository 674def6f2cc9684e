package approvaldb

import (
	"bytes"
	"fmt"

	"countersign/approvals"
)

type proofRow struct {
	ID            string `gorm:"primaryKey"`
	Action        string
	Generation    int64
	Stage         string
	Method        string
	Authenticator string
	Digest        []byte
	UV            bool `gorm:"column:uv"`
	Spent         string
	Evidence      []byte
	ProvedAt      Instant

	Device          *string
	DeviceKnownFrom Instant
	Independent     *string
}

func (proofRow) TableName() string { return "proofs" }

func (tx *Tx) addProof(p *approvals.Proof) error {
	if p == nil {
		return nil
	}
	evidence := p.Evidence
	if evidence == nil {
		evidence = []byte{}
	}
	if p.Stage == approvals.StageApproval {
		return tx.addApproverProof(*p, evidence)
	}
	return add(tx, proofRow{
		ID: p.ID, Action: string(p.Action), Generation: int64(p.Generation), Stage: string(p.Stage), Method: string(p.Method),
		Authenticator: p.Authenticator, Digest: bytes.Clone(p.Digest[:]), UV: p.UV, Spent: p.Spent, Evidence: evidence, ProvedAt: At(p.At),
		Device: optional(p.Device), DeviceKnownFrom: At(p.DeviceKnownFrom), Independent: optional(string(p.Independent)),
	})
}

type noticeRow struct {
	Action     string `gorm:"primaryKey"`
	Email      string `gorm:"primaryKey"`
	Position   int64
	AcceptedAt Instant
	RefusedAt  Instant
	Role       string
	VerifyHash []byte
	VerifiedAt Instant
}

func (noticeRow) TableName() string { return "notices" }

func (tx *Tx) addNotices(a approvals.Action) error {
	var rows []noticeRow
	for i, n := range a.Contacts {
		r := noticeRow{
			Action: string(a.ID), Email: n.Email, Position: int64(i), AcceptedAt: At(n.AcceptedAt), RefusedAt: At(n.RefusedAt),
			Role: string(n.Role), VerifiedAt: At(n.VerifiedAt),
		}
		if n.VerifyHash != ([32]byte{}) {
			r.VerifyHash = bytes.Clone(n.VerifyHash[:])
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	return add(tx, rows...)
}

func (r noticeRow) notice() approvals.Notice {
	n := approvals.Notice{
		Email: r.Email, AcceptedAt: r.AcceptedAt.Time(), RefusedAt: r.RefusedAt.Time(),
		Role: approvals.ContactRole(r.Role), VerifiedAt: r.VerifiedAt.Time(),
	}
	copy(n.VerifyHash[:], r.VerifyHash)
	return n
}

// changeNotices writes the notices that differ.
func (tx *Tx) changeNotices(old, a approvals.Action) error {
	was := map[string]approvals.Notice{}
	for _, n := range old.Contacts {
		was[n.Email] = n
	}
	for _, n := range a.Contacts {
		if w := was[n.Email]; w.AcceptedAt.Equal(n.AcceptedAt) && w.RefusedAt.Equal(n.RefusedAt) && w.VerifiedAt.Equal(n.VerifiedAt) {
			continue
		}
		written := tx.Model(&noticeRow{}).Where("action = ? AND email = ?", string(a.ID), n.Email).
			Select("accepted_at", "refused_at", "verified_at").
			Updates(noticeRow{AcceptedAt: At(n.AcceptedAt), RefusedAt: At(n.RefusedAt), VerifiedAt: At(n.VerifiedAt)})
		if err := oneRow(written); err != nil {
			return fmt.Errorf("save a notice of action %s: %w", a.ID, err)
		}
	}
	return nil
}

type claimRow struct {
	Action    string `gorm:"primaryKey"`
	Number    int64  `gorm:"primaryKey;autoIncrement:false"`
	Digest    []byte
	ClaimedAt Instant
}

func (claimRow) TableName() string { return "claims" }

func (tx *Tx) addClaim(c approvals.Change) error {
	if c.Claim == nil {
		return nil
	}
	return add(tx, claimRow{string(c.Action.ID), int64(c.Claim.Number), bytes.Clone(c.Claim.Digest[:]), At(c.Claim.At)})
}

type sightingRow struct {
	ID          string `gorm:"primaryKey"`
	Fingerprint string
	Marketplace string
	Seller      string
	Action      *string
	SeenAt      Instant
}

func (sightingRow) TableName() string { return "sightings" }

func (k core) addSightings(tx *Tx, c approvals.Change) error {
	a := c.Action
	for _, f := range c.Sightings {
		if err := k.addSighting(tx, sightingRow{"", f, string(a.Marketplace), string(a.Seller), optional(string(a.ID)), At(c.Event.At)}); err != nil {
			return err
		}
	}
	return nil
}

func (k core) addSighting(tx *Tx, row sightingRow) error {
	row.ID = k.newID()
	return add(tx, row)
}
