package approvaldb

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

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
// holds the list back, those of other databases of the cluster as well; ours
// live 20 seconds at most. No clock is asked.
//
// The counter starts again where a dump is restored into another cluster, so a
// row carries the cluster that numbered it. Those of former clusters come first,
// in the order in which the clusters wrote their first row, then those of this
// one; a cursor among them goes on through all that come later. None is missed,
// but by a reader that comes back to a cluster which the database had left and
// was restored into again: it starts from the beginning.
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
	Cluster int64
	Tx      int64
	ID      string
}

const (
	noID    = "00000000-0000-0000-0000-000000000000"
	settled = "(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
)

func feedPostgres(db *gorm.DB, q approvals.FeedQuery) ([]announcementRow, error) {
	clusters, err := clustersOf(db)
	if err != nil {
		return nil, err
	}
	at := place{Tx: -1, ID: noID}
	if q.After != "" {
		var found []place
		err := db.Raw("SELECT cluster, tx, id FROM announcements WHERE id = ? AND marketplace = ?", q.After, string(q.Marketplace)).Scan(&found).Error
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, gorm.ErrRecordNotFound
		}
		at = found[0]
		clusters = clusters[slices.Index(clusters, at.Cluster):]
	}
	var rows []announcementRow
	for i, cluster := range clusters {
		over := "" // whatever a former cluster numbered is over
		if i == len(clusters)-1 {
			over = "AND tx < " + settled
		}
		var more []announcementRow
		err := db.Raw(`SELECT * FROM announcements WHERE marketplace = ? AND cluster = ? AND tx >= ? AND (tx, id) > (?, CAST(? AS uuid)) `+
			over+` ORDER BY tx, id LIMIT ?`, string(q.Marketplace), cluster, at.Tx, at.Tx, at.ID, q.Limit-len(rows)).Scan(&more).Error
		rows = append(rows, more...)
		if err != nil || len(rows) == q.Limit {
			return rows, err
		}
		at = place{Tx: -1, ID: noID}
	}
	return rows, nil
}

// clustersOf lists the clusters that numbered rows: the former ones by the ids
// of their first rows (which are by time), and this one.
func clustersOf(db *gorm.DB) ([]int64, error) {
	var here int64
	if err := db.Raw("SELECT system_identifier FROM pg_control_system()").Scan(&here).Error; err != nil {
		return nil, err
	}
	var former []place
	for from := int64(math.MinInt64); ; {
		var next []place
		err := db.Raw("SELECT cluster, id FROM announcements WHERE cluster > ? ORDER BY cluster, id LIMIT 1", from).Scan(&next).Error
		if err != nil {
			return nil, err
		}
		if len(next) == 0 {
			break
		}
		if from = next[0].Cluster; from != here {
			former = append(former, next[0])
		}
	}
	slices.SortFunc(former, func(a, b place) int { return strings.Compare(a.ID, b.ID) })
	out := make([]int64, 0, len(former)+1)
	for _, f := range former {
		out = append(out, f.Cluster)
	}
	return append(out, here), nil
}
