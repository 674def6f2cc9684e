package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Instant is a point in time in a row: microseconds since 1970 on SQLite,
// timestamptz on PostgreSQL, NULL for the zero time. Integers compare the same
// whatever zone wrote them, which text does not.
type Instant time.Time

// At returns t as it will be stored: UTC, to the microsecond.
func At(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant(t.UTC().Truncate(time.Microsecond))
}

// Time returns the time in UTC, zero for NULL.
func (i Instant) Time() time.Time { return time.Time(i) }

// GormDataType tells gorm that this is a value and not an association.
func (Instant) GormDataType() string { return "time" }

// GormValue binds the time in the form of the dialect.
func (i Instant) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if time.Time(i).IsZero() {
		return clause.Expr{SQL: "NULL"}
	}
	return clause.Expr{SQL: "?", Vars: []any{i.bound(db.Name() == "sqlite")}}
}

// bound is a value as a driver takes it.
func bound(value any, sqlite bool) any {
	if at, ok := value.(Instant); ok {
		return at.bound(sqlite)
	}
	return value
}

// bound is the time as a driver takes it.
func (i Instant) bound(sqlite bool) any {
	t := time.Time(i)
	switch {
	case t.IsZero():
		return nil
	case sqlite:
		return t.UnixMicro()
	}
	return t
}

// Scan implements sql.Scanner.
func (i *Instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i = Instant{}
	case int64:
		*i = Instant(time.UnixMicro(v).UTC())
	case time.Time:
		*i = At(v)
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}
