package approvaldb_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	readable := filepath.Join(dir, "readable.db")
	if err := os.WriteFile(readable, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(readable, 0o644); err != nil { //nolint:gosec // that it is refused is what is tested
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, url, want string }{
		{"no scheme", "countersign.db", "must begin with sqlite: or postgres://"},
		{"another database", "mysql://localhost/x", "must begin with sqlite: or postgres://"},
		{"no path", "sqlite:", "needs the path"},
		{"missing file (F-20)", "sqlite:" + filepath.Join(dir, "missing.db"), "no such file"},
		{"missing folder", "sqlite:" + filepath.Join(dir, "missing", "x.db"), "no such file"},
		{"a folder", "sqlite:" + dir, "is not a file"},
		{"readable by others", "sqlite:" + readable, "can be read by others"},
		{"no server", "postgres://nobody:secret@127.0.0.1:1/none", "open database"},
		{"no URL", "postgres://nobody:secret@[", "open database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db, err := approvaldb.Open(t.Context(), tt.url, approvaldb.Options{})
			if err == nil {
				_ = db.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want it to say %q and no password", err, tt.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); err == nil {
		t.Error("a missing database was made although nobody asked for it")
	}
}

// TestOpenCreate: the file, its WAL and its lock belong to the owner alone
// (N15), whatever the path looks like.
func TestOpenCreate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a folder?with#odd%20names")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.db")
	db, err := approvaldb.Open(t.Context(), "sqlite:"+path, approvaldb.Options{Create: true, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "CREATE TABLE x (y integer)"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
	if !slices.Contains(names, "x.db") || !slices.Contains(names, "x.db-wal") || !slices.Contains(names, "x.db.lock") {
		t.Errorf("files: %v", names)
	}
	// One file serves one process (F-21).
	if second, err := approvaldb.Open(t.Context(), "sqlite:"+path, approvaldb.Options{Exclusive: true}); err == nil {
		_ = second.Close()
		t.Error("a second gateway opened the same file")
	}
	looking, err := approvaldb.Open(t.Context(), "sqlite:"+path, approvaldb.Options{})
	if err != nil {
		t.Errorf("an operator's command beside the gateway: %v", err)
	} else if err := looking.Close(); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	again, err := approvaldb.Open(t.Context(), "sqlite:"+path, approvaldb.Options{Exclusive: true})
	if err != nil {
		t.Fatalf("after the first gateway closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestSettings holds RELIABILITY §11.
func TestSettings(t *testing.T) {
	t.Parallel()
	lite, post := approvalstest.OpenSQLite(t), approvalstest.OpenPostgres(t)
	get := func(db *approvaldb.DB, query string) string {
		t.Helper()
		var v string
		if err := db.Read(context.Background()).Raw(query).Scan(&v).Error; err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return v
	}
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1", "trusted_schema": "0", "cell_size_check": "1",
	} {
		if got := get(lite, "PRAGMA "+pragma); got != want {
			t.Errorf("a reader's %s is %s, want %s", pragma, got, want)
		}
		var got string
		if err := lite.SQL().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("the writer's %s is %s, %v, want %s", pragma, got, err, want)
		}
	}
	if err := lite.Read(t.Context()).Exec("DELETE FROM gateway").Error; err == nil {
		t.Error("a reader writes")
	}
	for name, want := range map[string]string{
		"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s", "synchronous_commit": "on",
		"TimeZone": "UTC", "tcp_user_timeout": "30000", "application_name": "countersign",
	} {
		if got := get(post, "SHOW "+name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// TestDamagedFile (F-23): a gateway does not start on a file whose structure is
// damaged.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	path := db.Path()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := 4096; page < len(raw); page += 4096 {
		copy(raw[page+8:page+64], strings.Repeat("\xff", 56)) // where each page says what is where on it
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	gateway, err := approvaldb.Open(t.Context(), "sqlite:"+damaged, approvaldb.Options{Exclusive: true})
	if err == nil {
		_ = gateway.Close()
		t.Error("a gateway opened a damaged file")
	}
}
