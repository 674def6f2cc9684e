package authdb

import (
	"context"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// PeopleSessions implements auth.Sessions for people.
type PeopleSessions struct{ db *approvaldb.DB }

var _ auth.Sessions = (*PeopleSessions)(nil)

// NewPeopleSessions returns the sessions of people on this database.
func NewPeopleSessions(db *approvaldb.DB) *PeopleSessions { return &PeopleSessions{db} }

type personSessionRow struct {
	Hash      []byte `gorm:"primaryKey"`
	Person    string
	Content   []byte
	UserAgent string
	Created   approvaldb.Instant `gorm:"column:created_at"`
	SeenAt    approvaldb.Instant
	EndedAt   approvaldb.Instant
}

func (personSessionRow) TableName() string { return "people_sessions" }

const liveSession = "hash = ? AND ended_at IS NULL"

// Session implements auth.Sessions.
func (s *PeopleSessions) Session(ctx context.Context, hash [32]byte) (auth.Session, error) {
	var row personSessionRow
	if err := s.db.Read(ctx).Where(liveSession, hash[:]).Take(&row).Error; err != nil {
		return auth.Session{}, explained("read session", err)
	}
	return auth.Session{
		Hash: hash, Person: auth.PersonID(row.Person), Values: row.Content, UserAgent: row.UserAgent,
		CreatedAt: row.Created.Time(), SeenAt: row.SeenAt.Time(), Proved: true,
	}, nil
}

// SaveSession implements auth.Sessions. Of a person who was removed none is
// begun, and none goes on.
func (s *PeopleSessions) SaveSession(ctx context.Context, v auth.Session) error {
	if v.Values == nil {
		v.Values = []byte{} // nil would be NULL
	}
	row := personSessionRow{
		Hash: v.Hash[:], Person: string(v.Person), Content: v.Values, UserAgent: v.UserAgent,
		Created: approvaldb.At(v.CreatedAt), SeenAt: approvaldb.At(v.SeenAt),
	}
	return explained("save session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		saved := tx.Model(&personSessionRow{}).Where(liveSession+" AND person = ?", v.Hash[:], row.Person).
			Updates(map[string]any{"content": row.Content, "seen_at": row.SeenAt})
		if saved.Error != nil || saved.RowsAffected == 1 {
			return saved.Error
		}
		var there int64
		if err := tx.Model(&personSessionRow{}).Where("hash = ?", v.Hash[:]).Count(&there).Error; err != nil {
			return err
		}
		active := tx.Model(&personRow{}).Where("id = ? AND joined_at IS NOT NULL AND removed_at IS NULL", row.Person)
		var may int64
		if err := active.Count(&may).Error; err != nil {
			return err
		}
		if there != 0 || may == 0 {
			return approvals.Refuse(approvals.CodeSessionEnded)
		}
		return tx.Create(&row).Error
	}))
}

// RotateSession implements auth.Sessions.
func (s *PeopleSessions) RotateSession(ctx context.Context, old, fresh [32]byte, now time.Time) error {
	return explained("rotate session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row personSessionRow
		if err := tx.Lock().Where(liveSession, old[:]).Take(&row).Error; err != nil {
			return approvaldb.Explain(err)
		}
		if err := endPersonSession(tx, old, now); err != nil {
			return err
		}
		row.Hash, row.SeenAt = fresh[:], approvaldb.At(now)
		return tx.Create(&row).Error
	}))
}

// EndSession implements auth.Sessions.
func (s *PeopleSessions) EndSession(ctx context.Context, hash [32]byte) error {
	return explained("end session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row personSessionRow
		found := tx.Lock().Where(liveSession, hash[:]).Limit(1).Find(&row)
		if found.Error != nil || found.RowsAffected == 0 {
			return found.Error
		}
		return endPersonSession(tx, hash, row.SeenAt.Time())
	}))
}

func endPersonSession(tx *approvaldb.Tx, hash [32]byte, at time.Time) error {
	return tx.Model(&personSessionRow{}).Where(liveSession, hash[:]).Updates(map[string]any{"ended_at": approvaldb.At(at)}).Error
}

// EndIdleSessions implements auth.Sessions.
func (s *PeopleSessions) EndIdleSessions(ctx context.Context, idleBefore, createdBefore time.Time) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		idle := tx.Where("seen_at < ?", approvaldb.At(idleBefore)).Delete(&personSessionRow{})
		if idle.Error != nil {
			return idle.Error
		}
		old := tx.Where("created_at < ?", approvaldb.At(createdBefore)).Delete(&personSessionRow{})
		n = idle.RowsAffected + old.RowsAffected
		return old.Error
	})
	return int(n), explained("end idle sessions", err)
}
