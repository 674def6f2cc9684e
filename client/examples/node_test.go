package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/client/examples"
)

// workshop is a directory with the JavaScript examples and their npm packages.
type workshop struct {
	dir   string
	flags []string // of node
}

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	w := workshop{dir: t.TempDir()}
	for _, from := range []fs.FS{os.DirFS("node"), os.DirFS("testdata")} {
		names, err := fs.Glob(from, "*.js*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			raw, err := fs.ReadFile(from, name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(w.dir, name), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink(nodeModules(t), filepath.Join(w.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if version := w.run(t, nil, "--version"); strings.HasPrefix(version, "v18.") {
		w.flags = []string{"--experimental-global-webcrypto"} // Debian 12's Node; 20 has it without
	}
	return w
}

// nodeModules is where "npm ci" put what package-lock.json pins. The tests do
// not reach for a registry.
func nodeModules(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("COUNTERSIGN_TEST_NODE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		lock, err := os.ReadFile("node/package-lock.json")
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(lock)
		dir = filepath.Join(cache, "countersign-test", "node-"+hex.EncodeToString(sum[:6]))
	}
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "jose")); err != nil {
		t.Fatalf("the npm packages of the examples are missing; bash .ci/test fetches them once: %v", err)
	}
	return modules
}

func (w workshop) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "node", append(w.flags, args...)...)
	c.Dir = w.dir
	return c
}

// run runs a script and returns what it printed.
func (w workshop) run(t *testing.T, stdin any, args ...string) string {
	t.Helper()
	c := w.command(t, args...)
	if stdin != nil {
		raw, err := json.Marshal(stdin)
		if err != nil {
			t.Fatal(err)
		}
		c.Stdin = bytes.NewReader(raw)
	}
	var said bytes.Buffer
	c.Stderr = &said // warnings, when all is well
	out, err := c.Output()
	if err != nil {
		t.Fatalf("node %s: %v\n%s%s", strings.Join(args, " "), err, out, said.Bytes())
	}
	return string(out)
}

// TestTypes: tsc finds nothing wrong with the examples, so they can be imported
// from TypeScript.
func TestTypes(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if err := os.Remove(filepath.Join(w.dir, "try.js")); err != nil { // of the tests alone
		t.Fatal(err)
	}
	w.run(t, nil, "node_modules/typescript/bin/tsc", "--project", "jsconfig.json")
}

// TestFiles: a guide has everything to show.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"market/main.go", "node/receiver.js", "node/market.js", "node/package.json", "curl/payout_change.sh"} {
		raw, err := examples.Files.ReadFile(name)
		if err != nil || len(raw) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
