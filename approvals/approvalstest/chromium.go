package approvalstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// AxeVersion is the axe-core that pages are tested with (UX §8).
const AxeVersion = "4.14.1"

// Chromium returns the path of the browser for page tests: the one that
// COUNTERSIGN_TEST_CHROMIUM names, or the first on PATH. A machine without one
// fails the test and says what to install.
func Chromium(t testing.TB) string {
	t.Helper()
	path, err := findChromium(os.Getenv, exec.LookPath)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func findChromium(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if path := getenv("COUNTERSIGN_TEST_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install it (Debian: apt-get install chromium), or name it in COUNTERSIGN_TEST_CHROMIUM")
}

// Axe returns the path of axe.min.js, version AxeVersion: the file that
// COUNTERSIGN_AXE names, or the one that the test command keeps in the cache. A
// machine without it fails the test and says how to get it.
func Axe(t testing.TB) string {
	t.Helper()
	path, err := findAxe(os.Getenv, os.UserCacheDir)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func findAxe(getenv func(string) string, cacheDir func() (string, error)) (string, error) {
	path := getenv("COUNTERSIGN_AXE")
	if path == "" {
		dir, err := cacheDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, "countersign-test", "axe-core-"+AxeVersion, "axe.min.js")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("axe-core %s is missing; bash .ci/test fetches it once: %w", AxeVersion, err)
	}
	return path, nil
}
