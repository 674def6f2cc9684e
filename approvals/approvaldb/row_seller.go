package approvaldb

import (
	"errors"
	"reflect"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

type sellerRow struct {
	Marketplace string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Name        string
	Locale      string
	TimeZone    string
	Country     string
	Locked      bool
	LockEpoch   int64
	LockedAt    Instant
	LockedBy    *string
	Created     Instant `gorm:"column:created_at"`
	OnboardedAt Instant
	SecurityAt  Instant
	OwnLocale   string
	OwnTimeZone string
	ExtraWait   int64 // microseconds
	TravelUntil Instant
}

func (sellerRow) TableName() string { return "sellers" }

// sellerChanges are the columns that may be written again.
var sellerChanges = []string{"name", "locale", "time_zone", "country", "locked", "lock_epoch", "locked_at", "locked_by", "onboarded_at", "security_at",
	"own_locale", "own_time_zone", "extra_wait", "travel_until"}

type contactRow struct {
	Marketplace string `gorm:"primaryKey"`
	Seller      string `gorm:"primaryKey"`
	Email       string `gorm:"primaryKey"`
	Position    int64
	Since       Instant
	RetiredAt   Instant
}

func (contactRow) TableName() string { return "contacts" }

func newSellerRow(s approvals.Seller) sellerRow {
	return sellerRow{
		Marketplace: string(s.Marketplace), ID: string(s.SellerKey.Seller), Name: s.Name, Locale: s.Locale,
		TimeZone: s.TimeZone, Country: s.Country, Locked: s.Locked, LockEpoch: int64(s.LockEpoch),
		LockedAt: At(s.LockedAt), LockedBy: optional(string(s.LockedBy)), Created: At(s.CreatedAt),
		OnboardedAt: At(s.OnboardedAt), SecurityAt: At(s.SecurityAt),
		OwnLocale: s.Choices.Locale, OwnTimeZone: s.Choices.TimeZone, ExtraWait: s.Choices.ExtraWait.Microseconds(),
		TravelUntil: At(s.Choices.TravelUntil),
	}
}

func (r sellerRow) seller(contacts []contactRow) approvals.Seller {
	s := approvals.Seller{
		SellerKey: approvals.SellerKey{Marketplace: approvals.MarketplaceID(r.Marketplace), Seller: approvals.SellerID(r.ID)},
		Name:      r.Name, Locale: r.Locale, TimeZone: r.TimeZone, Country: r.Country, Locked: r.Locked, LockEpoch: int(r.LockEpoch),
		LockedAt: r.LockedAt.Time(), LockedBy: approvals.LockReason(given(r.LockedBy)), CreatedAt: r.Created.Time(),
		OnboardedAt: r.OnboardedAt.Time(), SecurityAt: r.SecurityAt.Time(),
		Choices: approvals.Choices{
			Locale: r.OwnLocale, TimeZone: r.OwnTimeZone, ExtraWait: time.Duration(r.ExtraWait) * time.Microsecond, TravelUntil: r.TravelUntil.Time(),
		},
	}
	for _, c := range contacts {
		s.Contacts = append(s.Contacts, approvals.Contact{Email: c.Email, Since: c.Since.Time(), RetiredAt: c.RetiredAt.Time()})
	}
	return s
}

// findSeller reads a seller and its contacts, oldest first. lock is applied to
// the seller's row.
func findSeller(db, lock *gorm.DB, key approvals.SellerKey) (approvals.Seller, error) {
	var row sellerRow
	if err := lock.Where("marketplace = ? AND id = ?", string(key.Marketplace), string(key.Seller)).Take(&row).Error; err != nil {
		return approvals.Seller{}, err
	}
	var contacts []contactRow
	err := db.Where("marketplace = ? AND seller = ?", row.Marketplace, row.ID).Order("position").Find(&contacts).Error
	if err != nil {
		return approvals.Seller{}, err
	}
	s := row.seller(contacts)
	s.Approvers, err = findApprovers(db, key)
	return s, err
}

// saveSeller writes what changed in a seller. old has a zero CreatedAt when
// the seller is new.
func (tx *Tx) saveSeller(old, s approvals.Seller) error {
	row := newSellerRow(s)
	switch {
	case old.CreatedAt.IsZero():
		if err := tx.addSeller(row); err != nil {
			return err
		}
	case !reflect.DeepEqual(row, newSellerRow(old)):
		written := tx.Model(&sellerRow{}).Where("marketplace = ? AND id = ?", row.Marketplace, row.ID).Select(sellerChanges).Updates(row)
		if err := oneRow(written); err != nil {
			return err
		}
	}
	if err := tx.saveContacts(row, old, s); err != nil {
		return err
	}
	return tx.saveApprovers(old, s)
}

// saveContacts adds what is new and writes the times of what is not.
func (tx *Tx) saveContacts(row sellerRow, old, s approvals.Seller) error {
	var added []contactRow
	for i, c := range s.Contacts {
		r := contactRow{row.Marketplace, row.ID, c.Email, int64(i), At(c.Since), At(c.RetiredAt)}
		switch {
		case i >= len(old.Contacts):
			added = append(added, r)
		case c != old.Contacts[i]:
			written := tx.Model(&contactRow{}).Where("marketplace = ? AND seller = ? AND email = ?", r.Marketplace, r.Seller, r.Email).
				Select("since", "retired_at").Updates(r)
			if err := oneRow(written); err != nil {
				return err
			}
		}
	}
	if len(added) == 0 {
		return nil
	}
	return tx.Create(&added).Error
}

// addSeller inserts a seller. If another transaction did so first, everything
// was planned for a seller who is no longer new.
func (tx *Tx) addSeller(row sellerRow) error {
	var known int64
	if err := tx.Raw("SELECT count(*) FROM marketplaces WHERE id = ?", row.Marketplace).Find(&known).Error; err != nil {
		return err
	}
	if known == 0 {
		return notFound()
	}
	err := tx.Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return errAgain
	}
	return err
}

// oneRow makes sure that a compare-and-set found the row it was for.
func oneRow(written *gorm.DB) error {
	if written.Error != nil {
		return written.Error
	}
	if written.RowsAffected != 1 {
		return errAgain
	}
	return nil
}
