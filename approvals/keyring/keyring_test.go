package keyring_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals/keyring"
)

func mustNew(tb testing.TB) *keyring.Keyring {
	tb.Helper()
	k, err := keyring.New()
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// saved is a new keyring in a file.
func saved(tb testing.TB) (*keyring.Keyring, string) {
	tb.Helper()
	k, path := mustNew(tb), filepath.Join(tb.TempDir(), "keys.json")
	if err := k.Save(path); err != nil {
		tb.Fatal(err)
	}
	return k, path
}

// TestSaveAndLoad: what is loaded is what was saved, every key of it.
func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	got, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Links() != k.Links() || !bytes.Equal(got.Fingerprints(), k.Fingerprints()) || !bytes.Equal(got.Cookies()[0], k.Cookies()[0]) {
		t.Error("other keys came back")
	}
	sealed, err := k.Seal([]byte("seed"), []byte("row-1"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := got.Open(sealed, []byte("row-1")); err != nil || string(plain) != "seed" {
		t.Errorf("opened %q, %v", plain, err)
	}
}

// TestSaveNeverOverwrites: keys that are there stay, whatever is in the file.
func TestSaveNeverOverwrites(t *testing.T) {
	t.Parallel()
	_, path := saved(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := mustNew(t).Save(path); err == nil || !strings.Contains(err.Error(), "never overwritten") || !strings.Contains(err.Error(), path) {
		t.Errorf("saved over a keyring: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the file changed, %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mustNew(t).Save(empty); err == nil {
		t.Error("saved over an empty file")
	}
	if err := mustNew(t).Save(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("saved into a folder that is not there")
	}
}

// TestLoadRefuses, in a sentence that says what to do and quotes no key.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	_, path := saved(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	with := func(field string, value any) []byte {
		var f map[string]any
		if err := json.Unmarshal(good, &f); err != nil {
			t.Fatal(err)
		}
		if value == nil {
			delete(f, field)
		} else {
			f[field] = value
		}
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	short := bytes.Repeat([]byte{7}, 31)
	for _, c := range []struct {
		name string
		raw  []byte
		mode os.FileMode
		want string
	}{
		{"readable by the group", good, 0o640, "chmod 600"},
		{"readable by all", good, 0o604, "chmod 600"},
		{"writable by the group", good, 0o620, "chmod 600"},
		{"empty", nil, 0o600, "is not a keyring"},
		{"cut off", good[:len(good)/2], 0o600, "is not a keyring"},
		{"not JSON", []byte("-----BEGIN PRIVATE KEY-----"), 0o600, "is not a keyring"},
		{"another JSON file", []byte(`{"name":"x"}`), 0o600, "missing or damaged"},
		{"no sealing keys", with("sealing", nil), 0o600, "missing or damaged"},
		{"damaged sealing keys", with("sealing", map[string]any{"primaryKeyId": 1}), 0o600, "missing or damaged"},
		{"no link key", with("link", nil), 0o600, "32 bytes"},
		{"short link key", with("link", short), 0o600, "32 bytes"},
		{"no fingerprint key", with("fingerprint", nil), 0o600, "32 bytes"},
		{"no cookie keys", with("cookies", [][]byte{}), 0o600, "missing"},
		{"short cookie key", with("cookies", [][]byte{short}), 0o600, "32 bytes"},
		{"no release keys", with("releases", nil), 0o600, "missing"},
		{"short release key", with("releases", [][]byte{short}), 0o600, "32 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, c.raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			k, err := keyring.Load(path)
			if k != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("loaded %v, error %v; want %q", k, err, c.want)
			}
			if len(c.raw) > 0 && strings.Contains(err.Error(), string(c.raw[:min(20, len(c.raw))])) {
				t.Errorf("the error quotes the file: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.raw) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
	if _, err := keyring.Load(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(unwrap(err)) {
		t.Errorf("no file: %v", err)
	}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return err
}

// TestN12_SealedForItsRow: a sealed value opens in its own row alone, unchanged,
// and with its own key (RELIABILITY N12).
func TestN12_SealedForItsRow(t *testing.T) {
	t.Parallel()
	k := mustNew(t)
	sealed, err := k.Seal([]byte("12345678901234567890"), []byte("authenticators/1/seed"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("1234567890")) {
		t.Error("sealed is not encrypted")
	}
	if plain, err := k.Open(sealed, []byte("authenticators/1/seed")); err != nil || string(plain) != "12345678901234567890" {
		t.Errorf("opened %q, %v", plain, err)
	}
	for _, row := range []string{"", "authenticators/2/seed", "authenticators/1/seed ", "authenticators/1"} {
		if plain, err := k.Open(sealed, []byte(row)); err == nil {
			t.Errorf("opens in row %q: %q", row, plain)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if plain, err := k.Open(changed, []byte("authenticators/1/seed")); err == nil {
			t.Errorf("opens with byte %d changed: %q", i, plain)
		}
	}
	if plain, err := mustNew(t).Open(sealed, []byte("authenticators/1/seed")); err == nil {
		t.Errorf("another keyring opens it: %q", plain)
	}
	again, err := k.Seal([]byte("12345678901234567890"), []byte("authenticators/1/seed"))
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice the same, %v", err)
	}
}

// TestKeysAreRandomAndApart: no two keys of a keyring, or of two, are equal, and
// a caller that writes into one changes nothing.
func TestKeysAreRandomAndApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		k := mustNew(t)
		links := k.Links()
		for _, key := range append([][]byte{links[:], k.Fingerprints()}, k.Cookies()...) {
			if len(key) != 32 || seen[string(key)] || bytes.Equal(key, make([]byte, 32)) {
				t.Errorf("key %x", key)
			}
			seen[string(key)] = true
		}
		k.Fingerprints()[0] ^= 1
		k.Cookies()[0][0] ^= 1
		if !seen[string(k.Fingerprints())] || !seen[string(k.Cookies()[0])] {
			t.Error("a caller can write into the keyring")
		}
	}
}

// TestKeyringIsNotPrinted by any verb of fmt.
func TestKeyringIsNotPrinted(t *testing.T) {
	t.Parallel()
	k := mustNew(t)
	key := k.Fingerprints()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(format, k)
		if len(text) > 40 || strings.Contains(text, fmt.Sprint(key[:4])) {
			t.Errorf("%s prints %s", format, text)
		}
	}
	if raw, err := json.Marshal(struct{ Keys any }{k}); err != nil || string(raw) != `{"Keys":{}}` {
		t.Errorf("JSON: %s, %v", raw, err)
	}
}
