package authdb

import (
	"context"
	"slices"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

var _ auth.PeopleStore = (*Store)(nil)

type personRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace *string
	Role        string
	Name        string
	Handle      []byte
	InviteHash  []byte
	InviteUntil approvaldb.Instant `gorm:"column:invited_until"`
	Created     approvaldb.Instant `gorm:"column:created_at"`
	JoinedAt    approvaldb.Instant
	RemovedAt   approvaldb.Instant
}

func (personRow) TableName() string { return "people" }

func (row personRow) person() auth.Person {
	p := auth.Person{
		ID: auth.PersonID(row.ID), Role: auth.Role(row.Role), Name: row.Name, CreatedAt: row.Created.Time(), InviteUntil: row.InviteUntil.Time(),
		JoinedAt: row.JoinedAt.Time(), RemovedAt: row.RemovedAt.Time(),
	}
	if row.Marketplace != nil {
		p.Marketplace = approvals.MarketplaceID(*row.Marketplace)
	}
	return p
}

// AddPerson implements auth.Members.
func (s *Store) AddPerson(ctx context.Context, n auth.NewPerson, e audit.Event) error {
	row := personRow{
		ID: string(n.ID), Role: string(n.Role), Name: n.Name, Handle: n.Handle, InviteHash: n.InviteHash[:],
		InviteUntil: approvaldb.At(n.InviteUntil), Created: approvaldb.At(n.CreatedAt),
	}
	if n.Marketplace != "" {
		m := string(n.Marketplace)
		row.Marketplace = &m
	}
	return explained("add person", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		if _, err := others(tx, n.Admin, ""); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return record(tx, e)
	}))
}

// Person implements auth.Members.
func (s *Store) Person(ctx context.Context, id auth.PersonID) (auth.Person, error) {
	if !isID(string(id)) {
		return auth.Person{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var row personRow
	if err := s.db.Read(ctx).Where("id = ?", string(id)).Take(&row).Error; err != nil {
		return auth.Person{}, explained("read person", err)
	}
	return row.person(), nil
}

// People implements auth.Members.
func (s *Store) People(ctx context.Context, m approvals.MarketplaceID, role auth.Role) ([]auth.Person, error) {
	var rows []personRow
	where, values := "marketplace = ? AND role = ?", []any{string(m), string(role)}
	if m == "" {
		where, values = "marketplace IS NULL AND role = ?", values[1:]
	}
	if err := s.db.Read(ctx).Where(where, values...).Order("id").Find(&rows).Error; err != nil {
		return nil, explained("list people", err)
	}
	list := make([]auth.Person, 0, len(rows))
	for _, row := range rows {
		list = append(list, row.person())
	}
	return list, nil
}

// Invited implements auth.Members.
func (s *Store) Invited(ctx context.Context, hash [32]byte) (auth.Member, error) {
	return s.member(ctx, "invite_hash = ?", hash[:])
}

// Join implements auth.Members.
func (s *Store) Join(ctx context.Context, hash [32]byte, r auth.Record, e audit.Event) error {
	at := approvaldb.At(r.CreatedAt)
	return explained("join", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		spent := tx.Model(&personRow{}).
			Where("invite_hash = ? AND joined_at IS NULL AND removed_at IS NULL AND invited_until > ?", hash[:], at).
			Updates(map[string]any{"joined_at": at})
		if spent.Error != nil {
			return spent.Error
		}
		if spent.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeLinkSpent)
		}
		var who personRow
		if err := tx.Select("id").Where("invite_hash = ?", hash[:]).Take(&who).Error; err != nil {
			return err
		}
		row := newPersonPasskeyRow(who.ID, r)
		err := tx.Create(&row).Error
		if approvaldb.Duplicate(err, "people_passkeys_credential", "people_passkeys.credential_id") {
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
		if err != nil {
			return err
		}
		return record(tx, e)
	}))
}

// RemovePerson implements auth.Members.
func (s *Store) RemovePerson(ctx context.Context, r auth.Removal) error {
	if !isID(string(r.ID)) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	return explained("remove person", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		left, err := others(tx, r.Admin, r.ID)
		if err != nil {
			return err
		}
		gone := tx.Model(&personRow{}).Where("id = ? AND removed_at IS NULL", string(r.ID)).Updates(map[string]any{"removed_at": approvaldb.At(r.At)})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		if r.Admin != "" && left == 0 {
			return approvals.Refuse(approvals.CodeLastAdmin)
		}
		if err := tx.Where("person = ?", string(r.ID)).Delete(&personSignOnRow{}).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE people_sessions SET ended_at = seen_at WHERE person = ? AND ended_at IS NULL", string(r.ID)).Error; err != nil {
			return err
		}
		return record(tx, r.Event)
	}))
}

// others counts the admins that are left without one, and refuses an admin who is
// none any more. All are locked, in one order, so that of two who remove each other
// one is too late.
func others(tx *approvaldb.Tx, admin, without auth.PersonID) (int, error) {
	if admin == "" {
		return 0, nil
	}
	var all []string
	err := tx.Lock().Model(&personRow{}).
		Where("marketplace IS NULL AND role = ? AND joined_at IS NOT NULL AND removed_at IS NULL", string(auth.Admin)).Order("id").Pluck("id", &all).Error
	if err != nil {
		return 0, err
	}
	if !slices.Contains(all, string(admin)) {
		return 0, approvals.Refuse(approvals.CodeForbidden)
	}
	return len(slices.DeleteFunc(all, func(id string) bool { return id == string(without) })), nil
}
