package approvaldb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	refusal := approvals.Refuse(approvals.CodeOpen)
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"a refusal stays", refusal, refusal},
		{"a wrapped refusal stays", fmt.Errorf("x: %w", refusal), refusal},
		{"anything else stays", plain, plain},
		{"broken stays", fmt.Errorf("x: %w", approvals.ErrBroken), approvals.ErrBroken},
		{"the caller went away", context.Canceled, context.Canceled},
		{"no row", gorm.ErrRecordNotFound, approvals.Refuse(approvals.CodeNotFound)},
		{"a rule", gorm.ErrCheckConstraintViolated, approvals.ErrBroken},
		{"too slow", context.DeadlineExceeded, approvals.Refuse(approvals.CodeUnavailable)},
		{"statement timeout", &pgconn.PgError{Code: "57014"}, approvals.Refuse(approvals.CodeUnavailable)},
		{"lock timeout", &pgconn.PgError{Code: "55P03"}, approvals.Refuse(approvals.CodeUnavailable)},
		{"read-only (F-18)", &pgconn.PgError{Code: "25006"}, approvals.Refuse(approvals.CodeUnavailable)},
		{"disk full", &pgconn.PgError{Code: "53100"}, approvals.Refuse(approvals.CodeUnavailable)},
		{"shutting down", &pgconn.PgError{Code: "57P01"}, approvals.Refuse(approvals.CodeUnavailable)},
	} {
		if got := approvaldb.Explain(tt.err); !errors.Is(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	if approvaldb.Explain(nil) != nil {
		t.Error("nil is explained as an error")
	}
	bug := approvaldb.Explain(&pgconn.PgError{Code: "42703"})
	if _, refused := errors.AsType[*approvals.Error](bug); refused {
		t.Errorf("a statement that is wrong is explained as %v", bug)
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		for _, s := range []string{"CREATE TABLE d (a integer, b integer, c integer, CONSTRAINT d_pkey PRIMARY KEY (a))", "CREATE UNIQUE INDEX d_both ON d (b, c) WHERE c > 0", "INSERT INTO d VALUES (1, 1, 1)"} {
			if _, err := db.SQL().ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		insert := func(values string) error {
			return db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec("INSERT INTO d VALUES " + values).Error })
		}
		key := func(err error) bool { return approvaldb.Duplicate(err, "d_pkey", "d.a") }
		both := func(err error) bool { return approvaldb.Duplicate(err, "d_both", "d.b", "d.c") }
		if err := insert("(1, 2, 2)"); !key(err) || both(err) || !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("the primary key: %v", err)
		}
		if err := insert("(2, 1, 1)"); key(err) || !both(err) || !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("the index: %v", err)
		}
		if err := insert("(2, 1, 0)"); err != nil || key(err) || both(err) {
			t.Errorf("outside the index: %v", err)
		}
	})
}

func TestInstant(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		column := map[bool]string{true: "timestamptz", false: "INTEGER"}[db.Postgres()]
		if _, err := db.SQL().ExecContext(t.Context(), "CREATE TABLE instants (id integer, at "+column+")"); err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct {
			name      string
			in, wants time.Time
		}{
			{"zero is NULL", time.Time{}, time.Time{}},
			{"UTC", time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC), time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC)},
			{"another zone", time.Date(2026, 3, 29, 3, 30, 0, 0, rome), time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)},
			{"nanoseconds are cut off", time.Date(2026, 3, 2, 9, 0, 0, 999999999, time.UTC), time.Date(2026, 3, 2, 9, 0, 0, 999999000, time.UTC)},
			{"before 1970", time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)},
		} {
			err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				return tx.Exec("INSERT INTO instants (id, at) VALUES (?, ?)", i, approvaldb.At(tt.in)).Error
			})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var got struct{ At approvaldb.Instant }
			if err := db.Read(t.Context()).Raw("SELECT at FROM instants WHERE id = ?", i).Scan(&got).Error; err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if got.At.Time() != tt.wants {
				t.Errorf("%s: got %v, want %v", tt.name, got.At.Time(), tt.wants)
			}
			var found int
			if err := db.Read(t.Context()).Raw("SELECT count(*) FROM instants WHERE id = ? AND at <= ?", i, approvaldb.At(tt.in)).Scan(&found).Error; err != nil || !tt.in.IsZero() && found != 1 {
				t.Errorf("%s: not found at its own time: %d, %v", tt.name, found, err)
			}
		}
	})
}
