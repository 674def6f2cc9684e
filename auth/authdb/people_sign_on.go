package authdb

import (
	"context"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

type personSignOnRow struct {
	Person   string `gorm:"primaryKey"`
	Issuer   string
	Subject  string
	LinkedAt approvaldb.Instant
}

func (personSignOnRow) TableName() string { return "people_sign_ons" }

// AccountOf implements auth.SignOns.
func (s *Store) AccountOf(ctx context.Context, id auth.PersonID) (auth.Account, error) {
	if !isID(string(id)) {
		return auth.Account{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var row personSignOnRow
	if err := s.db.Read(ctx).Where("person = ?", string(id)).Take(&row).Error; err != nil {
		return auth.Account{}, explained("read account", err)
	}
	return auth.Account{Issuer: row.Issuer, Subject: row.Subject}, nil
}

// PersonOf implements auth.SignOns.
func (s *Store) PersonOf(ctx context.Context, a auth.Account) (auth.Person, error) {
	var row personSignOnRow
	if err := s.db.Read(ctx).Where("issuer = ? AND subject = ?", a.Issuer, a.Subject).Take(&row).Error; err != nil {
		return auth.Person{}, explained("read whose account it is", err)
	}
	return s.Person(ctx, auth.PersonID(row.Person))
}

// Link implements auth.SignOns.
func (s *Store) Link(ctx context.Context, l auth.Linking) error {
	row := personSignOnRow{Person: string(l.Person), Issuer: l.Issuer, Subject: l.Subject, LinkedAt: approvaldb.At(l.At)}
	return explained("link account", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		err := tx.Create(&row).Error
		if approvaldb.Duplicate(err, "people_sign_ons_account", "people_sign_ons.issuer", "people_sign_ons.subject") || approvaldb.Duplicate(err, "people_sign_ons_pkey", "people_sign_ons.person") {
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
		if err != nil {
			return err
		}
		return record(tx, l.Event)
	}))
}

// Unlink implements auth.SignOns.
func (s *Store) Unlink(ctx context.Context, id auth.PersonID, e audit.Event) error {
	return explained("unlink account", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		gone := tx.Where("person = ?", string(id)).Delete(&personSignOnRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		if gone.Error != nil {
			return gone.Error
		}
		return record(tx, e)
	}))
}

// TakeAnswer implements auth.SignOns.
func (s *Store) TakeAnswer(ctx context.Context, hash [32]byte, until time.Time) (bool, error) {
	first := false
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		// gorm takes a byte slice right after a parenthesis for a list.
		taken := tx.Exec("INSERT INTO sign_on_answers (expires_at, hash) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", approvaldb.At(until), hash[:])
		first = taken.RowsAffected == 1
		return taken.Error
	})
	return first && err == nil, explained("take a sign-on's answer", err)
}
