package authdb

import (
	"context"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

type personPasskeyRow struct {
	ID             string `gorm:"primaryKey"`
	Person         string
	Provider       string
	Sealed         []byte
	CredentialID   []byte
	Transports     string
	BackupEligible bool
	BackedUp       bool
	SignCount      int64
	Created        approvaldb.Instant `gorm:"column:created_at"`
	LastUsedAt     approvaldb.Instant
	DisabledAt     approvaldb.Instant
}

func (personPasskeyRow) TableName() string { return "people_passkeys" }

func newPersonPasskeyRow(person string, r auth.Record) personPasskeyRow {
	return personPasskeyRow{
		ID: r.ID, Person: person, Provider: r.Provider, Sealed: r.Sealed, CredentialID: r.CredentialID, Transports: strings.Join(r.Transports, " "),
		BackupEligible: r.BackupEligible, BackedUp: r.BackedUp, SignCount: int64(r.SignCount), Created: approvaldb.At(r.CreatedAt),
	}
}

func (row personPasskeyRow) record() auth.Record {
	return auth.Record{
		Authenticator: auth.Authenticator{
			ID: row.ID, Method: approvals.Passkey, Provider: row.Provider, CreatedAt: row.Created.Time(), LastUsedAt: row.LastUsedAt.Time(),
			DisabledAt: row.DisabledAt.Time(), BackupEligible: row.BackupEligible, BackedUp: row.BackedUp,
		},
		Sealed: row.Sealed, CredentialID: row.CredentialID, Transports: strings.Fields(row.Transports),
		SignCount: uint32(row.SignCount), // a CHECK keeps it in range
	}
}

// Member implements auth.PersonProofs.
func (s *Store) Member(ctx context.Context, id auth.PersonID) (auth.Member, error) {
	if !isID(string(id)) {
		return auth.Member{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return s.member(ctx, "id = ?", string(id))
}

// MemberByHandle implements auth.PersonProofs.
func (s *Store) MemberByHandle(ctx context.Context, handle []byte) (auth.Member, error) {
	if handle == nil {
		handle = []byte{} // nil would be NULL
	}
	return s.member(ctx, "handle = ?", handle)
}

// member reads one person, whom where names, with their passkeys.
func (s *Store) member(ctx context.Context, where string, value any) (auth.Member, error) {
	var row personRow
	if err := s.db.Read(ctx).Where(where, value).Take(&row).Error; err != nil {
		return auth.Member{}, explained("read person", err)
	}
	var keys []personPasskeyRow
	if err := s.db.Read(ctx).Where("person = ?", row.ID).Order("id").Find(&keys).Error; err != nil {
		return auth.Member{}, explained("read a person's passkeys", err)
	}
	m := auth.Member{Person: row.person(), Handle: row.Handle}
	for _, k := range keys {
		m.Passkeys = append(m.Passkeys, k.record())
	}
	return m, nil
}

type personChallengeRow struct {
	Hash     []byte `gorm:"primaryKey"`
	Person   *string
	Purpose  string
	Subject  []byte
	Ceremony []byte
	Created  approvaldb.Instant `gorm:"column:created_at"`
	Expires  approvaldb.Instant `gorm:"column:expires_at"`
}

// PutPersonChallenge implements auth.PersonProofs. A slot is two bytes of the
// hash, which nobody chooses, but for its first bit: anybody may begin a sign-in,
// and takes the place of nothing but another one.
func (s *Store) PutPersonChallenge(ctx context.Context, c auth.PersonChallenge) error {
	var person any
	if c.Person != "" {
		person = string(c.Person)
	}
	slot := int64(c.Hash[0]&0x7f)<<8 | int64(c.Hash[1])
	if c.Purpose == auth.PurposeSignIn {
		slot |= 0x8000
	}
	return explained("keep challenge", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		// gorm takes a byte slice right after a parenthesis for a list.
		return tx.Exec("INSERT INTO people_challenges (slot, hash, person, purpose, subject, ceremony, created_at, expires_at)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slot) DO UPDATE SET hash = excluded.hash, person = excluded.person,"+
			" purpose = excluded.purpose, subject = excluded.subject, ceremony = excluded.ceremony,"+
			" created_at = excluded.created_at, expires_at = excluded.expires_at",
			slot, c.Hash[:], person, string(c.Purpose), c.Subject[:], c.Session, approvaldb.At(c.CreatedAt), approvaldb.At(c.ExpiresAt)).Error
	}))
}

// TakePersonChallenge implements auth.PersonProofs.
func (s *Store) TakePersonChallenge(ctx context.Context, hash [32]byte) (auth.PersonChallenge, error) {
	var row personChallengeRow
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		row = personChallengeRow{}
		taken := tx.Raw("DELETE FROM people_challenges WHERE hash = ? RETURNING hash, person, purpose, subject, ceremony, created_at, expires_at", hash[:]).Find(&row)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		return taken.Error
	})
	if err != nil {
		return auth.PersonChallenge{}, explained("take challenge", err)
	}
	c := auth.PersonChallenge{
		Hash: hash, Purpose: auth.PersonPurpose(row.Purpose), Subject: [32]byte(row.Subject), Session: row.Ceremony,
		CreatedAt: row.Created.Time(), ExpiresAt: row.Expires.Time(),
	}
	if row.Person != nil {
		c.Person = auth.PersonID(*row.Person)
	}
	return c, nil
}

// UsePersonPasskey implements auth.PersonProofs.
func (s *Store) UsePersonPasskey(ctx context.Context, u auth.PasskeyUse) (bool, error) {
	used := false
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		q := tx.Model(&personPasskeyRow{}).Where("id = ? AND disabled_at IS NULL AND sign_count <= ?", u.ID, int64(u.SignCount))
		if u.Rising {
			q = q.Where("sign_count < ?", int64(u.SignCount))
		}
		done := q.Updates(map[string]any{"sign_count": int64(u.SignCount), "backed_up": u.BackedUp, "last_used_at": approvaldb.At(u.At)})
		if used = done.RowsAffected == 1; done.Error != nil || !used {
			return done.Error
		}
		return record(tx, u.Event)
	})
	return used && err == nil, explained("use passkey", err)
}

// RecordPerson implements auth.PeopleStore.
func (s *Store) RecordPerson(ctx context.Context, e audit.Event) error {
	return explained("record", s.db.InTx(ctx, func(tx *approvaldb.Tx) error { return record(tx, e) }))
}

// SweepPeople implements auth.PersonProofs.
func (s *Store) SweepPeople(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		done := tx.Exec("DELETE FROM people_challenges WHERE expires_at <= ?", approvaldb.At(now))
		n = done.RowsAffected
		if done.Error != nil {
			return done.Error
		}
		return tx.Exec("DELETE FROM sign_on_answers WHERE expires_at <= ?", approvaldb.At(now)).Error
	})
	return int(n), explained("sweep challenges", err)
}
