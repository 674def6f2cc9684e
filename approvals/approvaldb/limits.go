package approvaldb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Limits keeps how often somebody has asked, for all nodes on one PostgreSQL.
// It is the store that GCRA wants: a value by key, compared and swapped. Each
// method is one statement by itself; a crash may forget values, so that nothing
// but "later" may be decided by them.
//
// Keys are kept as SHA-256: who asked is not in the table in clear.
type Limits struct {
	db  *DB
	now func() time.Time

	mu     sync.Mutex
	purged time.Time // when this node last removed what has expired
}

// NewLimits returns the store. Times are now's, as everywhere in SQL.
func NewLimits(db *DB, now func() time.Time) *Limits { return &Limits{db: db, now: now} }

type limitRow struct {
	Key       []byte `gorm:"primaryKey"`
	Arrival   int64
	ExpiresAt Instant
}

func (limitRow) TableName() string { return "limits" }

func limitKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// GetWithTime returns the value of key, -1 for none, and the time.
func (s *Limits) GetWithTime(ctx context.Context, key string) (int64, time.Time, error) {
	now := s.now()
	var row limitRow
	err := s.db.Read(ctx).Where("key = ?", limitKey(key)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return -1, now, nil
	}
	if err != nil {
		return -1, now, fmt.Errorf("read a limit: %w", Explain(err))
	}
	return row.Arrival, now, nil
}

// SetIfNotExistsWithTTL sets a value where there is none, and reports whether
// it did.
func (s *Limits) SetIfNotExistsWithTTL(ctx context.Context, key string, value int64, ttl time.Duration) (bool, error) {
	now := s.now()
	if err := s.purge(ctx, now); err != nil {
		return false, err
	}
	done := s.db.write.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).
		Create(&limitRow{Key: limitKey(key), Arrival: value, ExpiresAt: At(now.Add(ttl))})
	if done.Error != nil {
		return false, fmt.Errorf("set a limit: %w", Explain(done.Error))
	}
	return done.RowsAffected == 1, nil
}

// CompareAndSwapWithTTL sets a value where it is still old, and reports whether
// it was.
func (s *Limits) CompareAndSwapWithTTL(ctx context.Context, key string, old, value int64, ttl time.Duration) (bool, error) {
	done := s.db.write.WithContext(ctx).Model(&limitRow{}).Where("key = ? AND arrival = ?", limitKey(key), old).
		Updates(limitRow{Arrival: value, ExpiresAt: At(s.now().Add(ttl))})
	if done.Error != nil {
		return false, fmt.Errorf("move a limit: %w", Explain(done.Error))
	}
	return done.RowsAffected == 1, nil
}

// purgeEvery is how often a node removes what has expired, when there is
// something to add.
const purgeEvery = time.Minute

func (s *Limits) purge(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	due := now.Sub(s.purged) >= purgeEvery
	if due {
		s.purged = now
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	if err := s.db.write.WithContext(ctx).Where("expires_at < ?", At(now)).Delete(&limitRow{}).Error; err != nil {
		return fmt.Errorf("remove old limits: %w", Explain(err))
	}
	return nil
}
