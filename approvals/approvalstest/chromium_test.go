package approvalstest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestFindChromium(t *testing.T) {
	t.Parallel()
	only := func(installed string) func(string) (string, error) {
		return func(name string) (string, error) {
			if name != installed {
				return "", errors.New("not found")
			}
			return "/usr/bin/" + name, nil
		}
	}
	for _, tt := range []struct{ name, env, installed, want, err string }{
		{"named", "/opt/browser", "chromium", "/opt/browser", ""},
		{"on PATH", "", "chromium", "/usr/bin/chromium", ""},
		{"under another name", "", "google-chrome", "/usr/bin/google-chrome", ""},
		{"missing", "", "firefox", "", "apt-get install chromium"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := findChromium(env(map[string]string{"COUNTERSIGN_TEST_CHROMIUM": tt.env}), only(tt.installed))
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestFindAxe(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	cached := filepath.Join(cache, "countersign-test", "axe-core-"+AxeVersion, "axe.min.js")
	cacheDir := func() (string, error) { return cache, nil }
	if _, err := findAxe(env(nil), cacheDir); err == nil || !strings.Contains(err.Error(), "bash .ci/test") {
		t.Errorf("without a file: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(cached), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cached, []byte("axe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, getenv := range map[string]func(string) string{
		"cache": env(nil),
		"named": env(map[string]string{"COUNTERSIGN_AXE": cached}),
	} {
		if got, err := findAxe(getenv, cacheDir); err != nil || got != cached {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
