package authdb

import (
	"context"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

type sessionRow struct {
	Hash        []byte `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Content     []byte
	Proved      bool
	Created     approvaldb.Instant `gorm:"column:created_at"`
	SeenAt      approvaldb.Instant
	EndedAt     approvaldb.Instant
	UserAgent   string
}

func (sessionRow) TableName() string { return "sessions" }

// Session implements auth.Sessions.
func (s *Store) Session(ctx context.Context, hash [32]byte) (auth.Session, error) {
	var row sessionRow
	if err := s.db.Read(ctx).Where("hash = ? AND ended_at IS NULL", hash[:]).Take(&row).Error; err != nil {
		return auth.Session{}, explained("read session", err)
	}
	return auth.Session{
		Hash: hash, Seller: keyOf(row.Marketplace, row.Seller), Values: row.Content, CreatedAt: row.Created.Time(), SeenAt: row.SeenAt.Time(), Proved: row.Proved, UserAgent: row.UserAgent,
	}, nil
}

// SaveSession implements auth.Sessions.
func (s *Store) SaveSession(ctx context.Context, v auth.Session) error {
	if v.Values == nil {
		v.Values = []byte{} // nil would be NULL
	}
	return explained("save session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		// gorm takes a byte slice right after a parenthesis for a list.
		saved := tx.Exec("INSERT INTO sessions AS s (marketplace, seller, hash, content, proved, created_at, seen_at, user_agent, ended_at)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (hash) DO UPDATE SET"+
			" content = excluded.content, proved = s.proved OR excluded.proved, seen_at = excluded.seen_at"+
			" WHERE s.ended_at IS NULL AND s.marketplace = excluded.marketplace AND s.seller = excluded.seller",
			v.Seller.Marketplace, v.Seller.Seller, v.Hash[:], v.Values, v.Proved, approvaldb.At(v.CreatedAt), approvaldb.At(v.SeenAt), v.UserAgent)
		if saved.Error == nil && saved.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeSessionEnded)
		}
		return saved.Error
	}))
}

// RotateSession implements auth.Sessions.
func (s *Store) RotateSession(ctx context.Context, old, fresh [32]byte, now time.Time) error {
	return explained("rotate session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row sessionRow
		if err := tx.Lock().Where("hash = ? AND ended_at IS NULL", old[:]).Take(&row).Error; err != nil {
			return approvaldb.Explain(err)
		}
		if err := end(tx, old, now); err != nil {
			return err
		}
		row.Hash, row.SeenAt = fresh[:], approvaldb.At(now)
		return tx.Create(&row).Error
	}))
}

// EndSession implements auth.Sessions.
func (s *Store) EndSession(ctx context.Context, hash [32]byte) error {
	return explained("end session", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row sessionRow
		found := tx.Lock().Where("hash = ? AND ended_at IS NULL", hash[:]).Limit(1).Find(&row)
		if found.Error != nil || found.RowsAffected == 0 {
			return found.Error
		}
		return end(tx, hash, row.SeenAt.Time())
	}))
}

// end marks a session as ended. The row is deleted with the idle ones.
func end(tx *approvaldb.Tx, hash [32]byte, now time.Time) error {
	return tx.Model(&sessionRow{}).Where("hash = ? AND ended_at IS NULL", hash[:]).
		Updates(map[string]any{"ended_at": approvaldb.At(now)}).Error
}

// EndIdleSessions implements auth.Sessions.
func (s *Store) EndIdleSessions(ctx context.Context, idleBefore, createdBefore time.Time) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		idle := tx.Where("seen_at < ?", approvaldb.At(idleBefore)).Delete(&sessionRow{})
		if idle.Error != nil {
			return idle.Error
		}
		old := tx.Where("created_at < ?", approvaldb.At(createdBefore)).Delete(&sessionRow{})
		n = idle.RowsAffected + old.RowsAffected
		return old.Error
	})
	return int(n), explained("end idle sessions", err)
}
