package authdb

import (
	"context"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

var _ auth.SessionStore = (*Store)(nil)

// SessionsOf implements auth.SellerSessions.
func (s *Store) SessionsOf(ctx context.Context, seller approvals.SellerKey, w auth.SessionWindow) ([]auth.Session, error) {
	var rows []sessionRow
	err := s.db.Read(ctx).Select("hash", "proved", "created_at", "seen_at", "user_agent").
		Where("marketplace = ? AND seller = ? AND ended_at IS NULL AND seen_at >= ? AND created_at >= ?",
			string(seller.Marketplace), string(seller.Seller), approvaldb.At(w.SeenSince), approvaldb.At(w.BegunSince)).
		Order("seen_at DESC, hash").Limit(w.Limit).Find(&rows).Error
	if err != nil {
		return nil, explained("list sessions", err)
	}
	list := make([]auth.Session, 0, len(rows))
	for _, row := range rows {
		one := auth.Session{
			Seller: seller, Proved: row.Proved, CreatedAt: row.Created.Time(), SeenAt: row.SeenAt.Time(), UserAgent: row.UserAgent,
		}
		copy(one.Hash[:], row.Hash)
		list = append(list, one)
	}
	return list, nil
}

// EndSessionsOf implements auth.SellerSessions.
func (s *Store) EndSessionsOf(ctx context.Context, seller approvals.SellerKey) (int, error) {
	return s.EndOtherSessions(ctx, seller, [32]byte{}) // no session hashes to that
}

// EndOtherSessions implements auth.SellerSessions.
func (s *Store) EndOtherSessions(ctx context.Context, seller approvals.SellerKey, kept [32]byte) (int, error) {
	var n int64
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		ended := tx.Exec("UPDATE sessions SET ended_at = seen_at WHERE marketplace = ? AND seller = ? AND ended_at IS NULL AND hash <> ?",
			string(seller.Marketplace), string(seller.Seller), kept[:])
		n = ended.RowsAffected
		return ended.Error
	})
	return int(n), explained("end sessions", err)
}
