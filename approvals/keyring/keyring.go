package keyring

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"countersign/approvals"
)

// Keyring is the keys in use.
type Keyring struct {
	file   file
	sealer tink.AEAD
}

// file is the keyring as stored: JSON, all keys random.
type file struct {
	Sealing     json.RawMessage `json:"sealing"` // a Tink keyset
	Link        []byte          `json:"link"`
	Fingerprint []byte          `json:"fingerprint"`
	Cookies     [][]byte        `json:"cookies"`  // newest first
	Releases    [][]byte        `json:"releases"` // Ed25519 seeds, newest first
}

// New makes a keyring with fresh random keys.
func New() (*Keyring, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	var sealing bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&sealing)); err != nil {
		return nil, fmt.Errorf("write sealing key: %w", err)
	}
	return open(file{
		Sealing: sealing.Bytes(), Link: random(), Fingerprint: random(),
		Cookies: [][]byte{random()}, Releases: [][]byte{random()},
	})
}

func random() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// Load reads a keyring. A file that others may read, or that lacks a key, is
// refused with a sentence that says so.
func Load(path string) (*Keyring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read keys: %s can be read by others; chmod 600 it", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("read keys: %s is not a keyring", path)
	}
	return open(f)
}

// String keeps the keys out of logs.
func (k *Keyring) String() string { return "keyring" }

// GoString keeps the keys out of %#v.
func (k *Keyring) GoString() string { return "keyring" }

// Save writes the keyring to a new file. It never replaces one. When it returns
// without an error the file is durable: what is sealed with its keys would be
// lost with it.
func (k *Keyring) Save(path string) error {
	raw, err := json.MarshalIndent(k.file, "", "  ")
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write keys: %s is there already; keys are never overwritten", path)
	}
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	if _, err = w.Write(raw); err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("write keys: %w", errors.Join(err, os.Remove(path))) // half a keyring helps nobody
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new file's name durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}

func open(f file) (*Keyring, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Sealing)))
	if err != nil {
		return nil, errors.New("read keys: the sealing keys are missing or damaged")
	}
	sealer, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	for _, key := range append(append([][]byte{f.Link, f.Fingerprint}, f.Cookies...), f.Releases...) {
		if len(key) != 32 {
			return nil, errors.New("read keys: a key is not 32 bytes long")
		}
	}
	if len(f.Cookies) == 0 || len(f.Releases) == 0 {
		return nil, errors.New("read keys: the cookie or release keys are missing")
	}
	return &Keyring{file: f, sealer: sealer}, nil
}

// Seal implements approvals.Sealer.
func (k *Keyring) Seal(plain, row []byte) ([]byte, error) { return k.sealer.Encrypt(plain, row) }

// Open implements approvals.Sealer.
func (k *Keyring) Open(sealed, row []byte) ([]byte, error) { return k.sealer.Decrypt(sealed, row) }

// Links returns the key mail links are derived with.
func (k *Keyring) Links() approvals.LinkKey { return approvals.LinkKey(k.file.Link) }

// Fingerprints returns the key of destination fingerprints.
func (k *Keyring) Fingerprints() []byte { return bytes.Clone(k.file.Fingerprint) }

// Cookies returns the cookie authentication keys, newest first.
func (k *Keyring) Cookies() [][]byte {
	out := make([][]byte, len(k.file.Cookies))
	for i, c := range k.file.Cookies {
		out[i] = bytes.Clone(c)
	}
	return out
}

func (k *Keyring) signing() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.file.Releases[0]) }

func keyID(pub ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(pub[:12]) }
