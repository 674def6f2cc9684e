package approvalstest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// privateServer starts one more server for t alone.
func privateServer(t *testing.T, env ...string) *postgresServer {
	t.Helper()
	s, err := startPostgres(env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.stop() })
	return s
}

// TestPostgresServerEndsWithItsPipe lets go of a server, as a killed test
// process would, and looks whether it left anything.
func TestPostgresServerEndsWithItsPipe(t *testing.T) {
	t.Parallel()
	s := privateServer(t)
	conn := connect(t, s.url)
	var dir string
	if err := conn.QueryRow(t.Context(), "SHOW data_directory").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the server still answers")
	}
	if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", filepath.Dir(dir), err)
	}
}

// TestPostgresServerSettings: a server of our own keeps checksums, speaks UTF-8
// and writes through unless told otherwise.
func TestPostgresServerSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, env, fsync string }{
		{"default", "COUNTERSIGN_TEST_POSTGRES_FSYNC=", "on"},
		{"fast", "COUNTERSIGN_TEST_POSTGRES_FSYNC=off", "off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, privateServer(t, tt.env).url)
			for setting, want := range map[string]string{"data_checksums": "on", "fsync": tt.fsync, "server_encoding": "UTF8"} {
				var got string
				if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s = %s, want %s", setting, got, want)
				}
			}
		})
	}
}

func TestPostgresMissingSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := startPostgres("COUNTERSIGN_TEST_POSTGRES_BIN=" + t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("got %v", err)
	}
}
