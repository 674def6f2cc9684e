package authdb

import (
	"context"
	"strings"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

type authenticatorRow struct {
	ID             string `gorm:"primaryKey"`
	Marketplace    string
	Seller         string
	Method         string
	Added          string
	Name           string
	Provider       string
	Sealed         []byte
	CredentialID   []byte
	Transports     string
	BackupEligible bool
	BackedUp       bool
	SignCount      *int64
	LastStep       *int64
	Failures       int64
	Created        approvaldb.Instant `gorm:"column:created_at"`
	UsableFrom     approvaldb.Instant
	AnnounceAt     approvaldb.Instant // when the end of its wait is told; zero: it was, or is not
	LastUsedAt     approvaldb.Instant
	DisabledAt     approvaldb.Instant
}

func (authenticatorRow) TableName() string { return "authenticators" }

// addedFirst marks an authenticator that was enrolled without a proof.
const addedFirst = "first"

func newAuthenticatorRow(r auth.Record, added string) authenticatorRow {
	row := authenticatorRow{
		ID: r.ID, Marketplace: string(r.Seller.Marketplace), Seller: string(r.Seller.Seller), Method: string(r.Method), Added: added, Name: r.Name, Provider: r.Provider,
		Sealed: r.Sealed, CredentialID: r.CredentialID, Transports: strings.Join(r.Transports, " "),
		BackupEligible: r.BackupEligible, BackedUp: r.BackedUp, Failures: int64(r.Failures),
		Created: approvaldb.At(r.CreatedAt), UsableFrom: approvaldb.At(r.UsableFrom),
		LastUsedAt: approvaldb.At(r.LastUsedAt), DisabledAt: approvaldb.At(r.DisabledAt),
	}
	if r.Method == approvals.Passkey {
		count := int64(r.SignCount)
		row.SignCount = &count
	} else {
		row.LastStep = &r.LastStep
	}
	return row
}

func (row authenticatorRow) record() auth.Record {
	r := auth.Record{
		Authenticator: auth.Authenticator{
			ID: row.ID, Seller: keyOf(row.Marketplace, row.Seller), Method: approvals.Method(row.Method), Name: row.Name, Provider: row.Provider,
			CreatedAt: row.Created.Time(), UsableFrom: row.UsableFrom.Time(), LastUsedAt: row.LastUsedAt.Time(),
			DisabledAt: row.DisabledAt.Time(), Failures: int(row.Failures),
			BackupEligible: row.BackupEligible, BackedUp: row.BackedUp,
		},
		Sealed: row.Sealed, CredentialID: row.CredentialID, Transports: strings.Fields(row.Transports),
	}
	if row.SignCount != nil {
		r.SignCount = uint32(*row.SignCount) // a CHECK keeps it in range
	}
	if row.LastStep != nil {
		r.LastStep = *row.LastStep
	}
	return r
}

// Authenticators implements auth.Authenticators.
func (s *Store) Authenticators(ctx context.Context, seller approvals.SellerKey) ([]auth.Record, error) {
	var rows []authenticatorRow
	if err := s.db.Read(ctx).Raw(allOrDecoy, seller.Marketplace, seller.Seller, decoyOf(seller), seller.Marketplace, seller.Seller).Find(&rows).Error; err != nil {
		return nil, explained("read authenticators", err)
	}
	records := make([]auth.Record, len(rows))
	for i, row := range rows {
		records[i] = row.record()
	}
	if len(rows) == 1 && rows[0].Added == addedNever {
		records = records[:0]
	}
	return records, nil
}

// AddFirst implements auth.Authenticators.
func (s *Store) AddFirst(ctx context.Context, r auth.Record, e audit.Event) error {
	return explained("add authenticator", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var before int64
		if err := tx.Model(&authenticatorRow{}).Where(ofSeller, r.Seller.Marketplace, r.Seller.Seller).Count(&before).Error; err != nil {
			return err
		}
		if before > 0 {
			return approvals.Refuse(approvals.CodeEnrolmentClosed)
		}
		row := newAuthenticatorRow(r, addedFirst)
		if r.UsableFrom.After(r.CreatedAt) {
			row.AnnounceAt = row.UsableFrom
		}
		if err := notApprovers(tx, r); err != nil {
			return err
		}
		err := tx.Create(&row).Error
		switch {
		case approvaldb.Duplicate(err, "authenticators_first", "authenticators.marketplace", "authenticators.seller"):
			return approvals.Refuse(approvals.CodeEnrolmentClosed)
		case approvaldb.Duplicate(err, "authenticators_credential", "authenticators.credential_id"):
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		case err != nil:
			return err
		}
		if err := tx.Where(ofSeller, r.Seller.Marketplace, r.Seller.Seller).Delete(&enrolmentRow{}).Error; err != nil {
			return err
		}
		if err := record(tx, e); err != nil {
			return err
		}
		return tellAdded(tx, r)
	}))
}

// tellAdded tells the marketplace of a first authenticator, and that it counts
// where it does at once.
func tellAdded(tx *approvaldb.Tx, r auth.Record) error {
	if err := tx.TellMarketplace(r.Seller, "authenticator.added", r.CreatedAt); err != nil || r.UsableFrom.After(r.CreatedAt) {
		return err
	}
	return tx.TellMarketplace(r.Seller, "authenticator.usable", r.CreatedAt)
}

// Disable implements auth.Authenticators.
func (s *Store) Disable(ctx context.Context, a auth.Authenticator, e audit.Event) error {
	return explained("disable authenticator", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		done := off(tx.Model(&authenticatorRow{}).
			Where("id = ? AND "+ofSeller+" AND disabled_at IS NULL", a.ID, a.Seller.Marketplace, a.Seller.Seller), a.DisabledAt)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return record(tx, e)
	}))
}

type handleRow struct {
	Marketplace string
	Seller      string
	Handle      []byte
}

func (handleRow) TableName() string { return "user_handles" }

// Handle implements auth.Authenticators.
func (s *Store) Handle(ctx context.Context, seller approvals.SellerKey, candidate []byte) ([]byte, error) {
	var row handleRow
	find := s.db.Read(ctx).Where(ofSeller, seller.Marketplace, seller.Seller).Limit(1).Find(&row)
	if find.Error != nil || find.RowsAffected == 1 {
		return row.Handle, explained("read user handle", find.Error)
	}
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		err := tx.Exec("INSERT INTO user_handles (marketplace, seller, handle) VALUES (?, ?, ?) ON CONFLICT (marketplace, seller) DO NOTHING",
			seller.Marketplace, seller.Seller, candidate).Error
		if err != nil {
			return err
		}
		return tx.Where(ofSeller, seller.Marketplace, seller.Seller).Take(&row).Error
	})
	return row.Handle, explained("make user handle", err)
}
