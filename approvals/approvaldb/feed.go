package approvaldb

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Events implements approvals.Deliveries.
//
// Ids are given before the commit, so their order is not the order in which
// events become visible: a reader who goes on after the newest id would miss
// what commits a moment later under an older one. So a cursor is a place in
// another order.
//
// PostgreSQL: (tx, id), where tx is the number of the transaction that wrote
// the row, and only rows below the oldest transaction that still runs
// (pg_snapshot_xmin). Every number below it belongs to a transaction that is
// over, so no row can appear there any more; what commits later sorts behind
// everything that was ever returned. The price is that one long transaction
// holds the list back, and ours live 20 seconds at most. No clock is asked.
//
// The counter starts again where a dump is restored into another cluster. Rows
// of the former one are known by numbers that this one has not given out yet
// (at or above pg_snapshot_xmax, and visible); they come first, and a cursor
// among them goes on with the rows of this cluster. Some old ones may then be
// read twice, which a receiver must bear anyway; none is missed.
//
// SQLite: writers take turns, and a row's number (rowid) is given while its
// writer has the turn. Rows are never deleted, so the numbers are the order of
// the commits.
func (s *Deliveries) Events(ctx context.Context, q approvals.FeedQuery) ([]approvals.ThinEvent, error) {
	if q.After != "" && !wellFormed(q.After) {
		return nil, notFound()
	}
	var rows []announcementRow
	err := s.db.snapshot(ctx, func(db *gorm.DB) (err error) {
		if s.db.Postgres() {
			rows, err = feedPostgres(db, q)
		} else {
			rows, err = feedSQLite(db, q)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", Explain(err))
	}
	out := make([]approvals.ThinEvent, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.event())
	}
	return out, nil
}

func feedSQLite(db *gorm.DB, q approvals.FeedQuery) ([]announcementRow, error) {
	var after []int64
	if q.After != "" {
		err := db.Raw("SELECT rowid FROM announcements WHERE id = ? AND marketplace = ?", q.After, string(q.Marketplace)).Scan(&after).Error
		if err != nil {
			return nil, err
		}
		if len(after) == 0 {
			return nil, gorm.ErrRecordNotFound
		}
	}
	var rows []announcementRow
	return rows, db.Where("marketplace = ? AND tx = 0 AND rowid > ?", string(q.Marketplace), slices.Max(append(after, 0))).
		Order("rowid").Limit(q.Limit).Find(&rows).Error
}

// place is a place in the order of PostgreSQL's events.
type place struct {
	Tx     int64
	ID     string
	Former bool // of a cluster that this database was restored from
}

const (
	noID     = "00000000-0000-0000-0000-000000000000"
	counters = `(SELECT pg_snapshot_xmin(s)::text::bigint AS settled, pg_snapshot_xmax(s)::text::bigint AS ahead FROM pg_current_snapshot() s)`
)

func feedPostgres(db *gorm.DB, q approvals.FeedQuery) ([]announcementRow, error) {
	at := place{Tx: -1, ID: noID, Former: true}
	if q.After != "" {
		var found []place
		err := db.Raw(`SELECT a.tx, a.id, a.tx >= c.ahead AS former FROM announcements a, `+counters+` c
			WHERE a.id = ? AND a.marketplace = ?`, q.After, string(q.Marketplace)).Scan(&found).Error
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, gorm.ErrRecordNotFound
		}
		at = found[0]
	}
	var rows []announcementRow
	if at.Former {
		err := db.Raw(`SELECT a.* FROM announcements a, `+counters+` c
			WHERE a.marketplace = ? AND a.tx >= c.ahead AND a.tx >= ? AND (a.tx, a.id) > (?, CAST(? AS uuid)) ORDER BY a.tx, a.id LIMIT ?`,
			string(q.Marketplace), at.Tx, at.Tx, at.ID, q.Limit).Scan(&rows).Error
		if err != nil || len(rows) == q.Limit {
			return rows, err
		}
		at = place{Tx: -1, ID: noID}
	}
	var more []announcementRow
	err := db.Raw(`SELECT a.* FROM announcements a, `+counters+` c
		WHERE a.marketplace = ? AND a.tx < c.settled AND a.tx >= ? AND (a.tx, a.id) > (?, CAST(? AS uuid)) ORDER BY a.tx, a.id LIMIT ?`,
		string(q.Marketplace), at.Tx, at.Tx, at.ID, q.Limit-len(rows)).Scan(&more).Error
	return append(rows, more...), err
}
