package keyring_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/keyring"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func mustLoad(tb testing.TB, path string) *keyring.Keyring {
	tb.Helper()
	k, err := keyring.Load(path)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func mustRotate(tb testing.TB, path string, use keyring.Use, now time.Time) keyring.Key {
	tb.Helper()
	key, err := keyring.Rotate(path, use, now)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// inUse is the key of this use that makes new things.
func inUse(tb testing.TB, k *keyring.Keyring, use keyring.Use) keyring.Key {
	tb.Helper()
	var found []keyring.Key
	for _, key := range k.Keys() {
		if key.Use == use && key.InUse {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		tb.Fatalf("%d %s keys are in use: %v", len(found), use, found)
	}
	return found[0]
}

// TestRotateReachesRunningNodes (AS-44): two nodes have loaded the file. After a
// rotation both make new things with the new key at once, and each opens, reads
// and publishes what the old one made.
func TestRotateReachesRunningNodes(t *testing.T) {
	t.Parallel()
	_, path := saved(t)
	a, b := mustLoad(t, path), mustLoad(t, path)
	old, err := a.Seal([]byte("seed"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	token, cookie := mustSign(t, a, claims()), a.Cookies()[0]
	for _, use := range []keyring.Use{keyring.UseSeal, keyring.UseRelease, keyring.UseCookie} {
		before := inUse(t, b, use)
		key := mustRotate(t, path, use, noon)
		if got := inUse(t, b, use); got.ID != key.ID || got.ID == before.ID || !got.CreatedAt.Equal(noon) {
			t.Errorf("%s: in use is %+v, want %s made at noon", use, got, key.ID)
		}
	}
	fresh, err := a.Seal([]byte("seed"), []byte("row"))
	if err != nil || !bytes.HasPrefix(fresh, inUse(t, b, keyring.UseSeal).Prefix) || bytes.HasPrefix(old, inUse(t, b, keyring.UseSeal).Prefix) {
		t.Errorf("sealed with another key than the new one, %v", err)
	}
	for name, sealed := range map[string][]byte{"old": old, "fresh": fresh} {
		if plain, err := b.Open(sealed, []byte("row")); err != nil || string(plain) != "seed" {
			t.Errorf("the %s value opens as %q, %v", name, plain, err)
		}
	}
	set := keys(t, b)
	for _, token := range []string{token, mustSign(t, a, claims())} {
		if _, ok := verify(token, set); !ok || len(set.Keys) != 2 {
			t.Errorf("verifies %v with %d published keys", ok, len(set.Keys))
		}
	}
	if c := b.Cookies(); len(c) != 2 || bytes.Equal(c[0], cookie) || !bytes.Equal(c[1], cookie) {
		t.Error("the old cookie key is not the second of two")
	}
	if err := b.Refresh(); err != nil {
		t.Error(err)
	}
}

// TestPrepare: a prepared key is known everywhere before anything is made with
// it, and the next rotation takes it.
func TestPrepare(t *testing.T) {
	t.Parallel()
	for _, use := range []keyring.Use{keyring.UseSeal, keyring.UseRelease, keyring.UseCookie} {
		t.Run(string(use), func(t *testing.T) {
			t.Parallel()
			_, path := saved(t)
			k := mustLoad(t, path)
			before := inUse(t, k, use)
			key, err := keyring.Prepare(path, use, noon)
			if err != nil || key.InUse || !key.Prepared || key.Use != use {
				t.Fatalf("prepared %+v, %v", key, err)
			}
			if again, err := keyring.Prepare(path, use, noon); err != nil || again.ID != key.ID {
				t.Errorf("prepared %s beside %s, %v", again.ID, key.ID, err)
			}
			if got := inUse(t, k, use); got.ID != before.ID {
				t.Errorf("%s is in use before the rotation", got.ID)
			}
			if use == keyring.UseRelease && len(keys(t, k).Keys) != 2 {
				t.Error("a prepared key is not published")
			}
			if got := mustRotate(t, path, use, noon.Add(time.Hour)); got.ID != key.ID || !got.InUse || got.Prepared || !got.CreatedAt.Equal(noon) {
				t.Errorf("rotated to %+v, want %s", got, key.ID)
			}
			if next := mustRotate(t, path, use, noon.Add(2*time.Hour)); next.ID == key.ID {
				t.Error("the next rotation makes no new key")
			}
		})
	}
}

// TestRotateKeepsTheFile: mode, owner and the keys that do not rotate stay; a
// link to the file stays a link; nothing is left beside it.
func TestRotateKeepsTheFile(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "keys.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte("half a key"), 0o644); err != nil { // of a run that died
		t.Fatal(err)
	}
	links, fingerprints := k.Links(), k.Fingerprints()
	mustRotate(t, link, keyring.UseSeal, noon)
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if beside, err := os.ReadDir(filepath.Dir(path)); err != nil || len(beside) != 1 {
		t.Errorf("%d files in the folder, %v", len(beside), err)
	}
	if got := mustLoad(t, path); got.Links() != links || !bytes.Equal(got.Fingerprints(), fingerprints) {
		t.Error("the link or fingerprint key changed")
	}
}

// TestRotateRefuses what would break links in mails or hide a thief's account,
// says so, and leaves the file as it is.
func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for use, want := range map[keyring.Use]string{
		keyring.UseLink: "links in mails", keyring.UseFingerprint: "destinations already on record", "others": "there are no",
	} {
		for name, do := range map[string]func(string, keyring.Use, time.Time) (keyring.Key, error){"rotate": keyring.Rotate, "prepare": keyring.Prepare} {
			if _, err := do(path, use, noon); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: %v, want %q", name, use, err, want)
			}
		}
	}
	for id, want := range map[string]string{
		inUse(t, k, keyring.UseSeal).ID: "is in use", inUse(t, k, keyring.UseRelease).ID: "is in use", inUse(t, k, keyring.UseCookie).ID: "is in use",
		inUse(t, k, keyring.UseLink).ID: "cannot be rotated", inUse(t, k, keyring.UseFingerprint).ID: "cannot be rotated", "seal-00000000": "no key",
	} {
		if _, err := keyring.Remove(path, id, noon.Add(1000*time.Hour)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("remove %s: %v, want %q", id, err, want)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the file changed, %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Rotate(path, keyring.UseSeal, noon); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("rotated a file that others read: %v", err)
	}
}

// TestRemove: an old key goes when what it signed can no longer come back; a
// value sealed with one that went is unavailable, and not called tampered with.
func TestRemove(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	sealed, err := k.Seal([]byte("seed"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	for use, kept := range map[keyring.Use]time.Duration{keyring.UseSeal: 0, keyring.UseRelease: 15 * time.Minute, keyring.UseCookie: 24 * time.Hour} {
		old := inUse(t, k, use)
		mustRotate(t, path, use, noon)
		if kept > 0 {
			if _, err := keyring.Remove(path, old.ID, noon.Add(kept-time.Second)); err == nil || !strings.Contains(err.Error(), "until 2026-11-2") {
				t.Errorf("%s went too early: %v", use, err)
			}
		}
		if gone, err := keyring.Remove(path, old.ID, noon.Add(kept)); err != nil || gone.ID != old.ID {
			t.Errorf("%s did not go: %v", use, err)
		}
		for _, key := range k.Keys() {
			if key.ID == old.ID {
				t.Errorf("%s is still there", old.ID)
			}
		}
	}
	if _, err := k.Open(sealed, []byte("row")); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		t.Errorf("opened without the key: %v", err)
	}
	fresh, err := k.Seal([]byte("seed"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(fresh, []byte("another row")); err == nil || errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		t.Errorf("opened in another row: %v", err)
	}
}

// TestAStrangersFileIsNotFollowed: one that is damaged, readable by others, gone,
// or from another gateway leaves a node with the keys it has, and says so.
func TestAStrangersFileIsNotFollowed(t *testing.T) {
	t.Parallel()
	_, other := saved(t)
	for _, c := range []struct {
		name, want string
		spoil      func(path string) error
	}{
		{"gone", "no such file", os.Remove},
		{"readable by others", "chmod 600", func(p string) error { return os.Chmod(p, 0o644) }},
		{"half of it", "is not a keyring", func(p string) error { return os.Truncate(p, 100) }},
		{"of another gateway", "another link or fingerprint key", func(p string) error { return os.Rename(other, p) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, path := saved(t)
			k := mustLoad(t, path)
			before := inUse(t, k, keyring.UseSeal)
			if err := c.spoil(path); err != nil {
				t.Fatal(err)
			}
			for range 2 { // it is not forgotten
				if err := k.Refresh(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %q", err, c.want)
				}
			}
			if got := inUse(t, k, keyring.UseSeal); got.ID != before.ID {
				t.Errorf("%s took over", got.ID)
			}
		})
	}
}

// TestManyNodesRotateAtOnce: rotations take turns or are refused, and none is
// lost; readers meanwhile always have whole keys.
func TestManyNodesRotateAtOnce(t *testing.T) {
	t.Parallel()
	_, path := saved(t)
	k := mustLoad(t, path)
	var all sync.WaitGroup
	made := make(chan string, 8)
	for range 8 {
		all.Go(func() {
			if key, err := keyring.Rotate(path, keyring.UseSeal, noon); err == nil {
				made <- key.ID
			} else if !strings.Contains(err.Error(), "another command is changing the keys") {
				t.Error(err)
			}
		})
		all.Go(func() {
			sealed, err := k.Seal([]byte("x"), nil)
			if err == nil {
				_, err = k.Open(sealed, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(made)
	there := map[string]bool{}
	for _, key := range mustLoad(t, path).Keys() {
		there[key.ID] = true
	}
	n := 0
	for id := range made {
		if n++; !there[id] {
			t.Errorf("%s was made and is lost", id)
		}
	}
	if n == 0 {
		t.Error("nobody rotated")
	}
}

// TestDate: keys made by a command carry the time.
func TestDate(t *testing.T) {
	t.Parallel()
	k := mustNew(t)
	if err := k.Date(noon); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	for _, key := range mustLoad(t, path).Keys() {
		if !key.CreatedAt.Equal(noon) || !key.InUse {
			t.Errorf("%+v", key)
		}
	}
}

// TestMachinesWithFilesOfTheirOwn: where a file has to be copied, a node that
// lacks a key says so and goes on once it has the file; with a prepared key
// there is no such time.
func TestMachinesWithFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	_, here := saved(t)
	there := filepath.Join(t.TempDir(), "keys.json")
	send := func() {
		raw, err := os.ReadFile(here)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(there, raw, 0o600); err != nil { // in place, as cp does
			t.Fatal(err)
		}
	}
	send()
	a, b := mustLoad(t, here), mustLoad(t, there)
	sealed := func() []byte {
		s, err := a.Seal([]byte("seed"), []byte("row"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	opens := func() error {
		_, err := b.Open(sealed(), []byte("row"))
		return err
	}
	mustRotate(t, here, keyring.UseSeal, noon)
	if err := opens(); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) || !strings.Contains(err.Error(), inUse(t, a, keyring.UseSeal).ID) {
		t.Errorf("without the file: %v", err)
	}
	send()
	if err := opens(); err != nil {
		t.Errorf("with the file: %v", err)
	}
	if _, err := keyring.Prepare(here, keyring.UseSeal, noon); err != nil {
		t.Fatal(err)
	}
	send()
	mustRotate(t, here, keyring.UseSeal, noon)
	if err := opens(); err != nil {
		t.Errorf("prepared: %v", err)
	}
	if inUse(t, a, keyring.UseSeal).ID == inUse(t, b, keyring.UseSeal).ID {
		t.Error("both seal with the new key already")
	}
}
