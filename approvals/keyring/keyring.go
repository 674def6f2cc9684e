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
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"countersign/approvals"
)

// Keyring is the keys in use. It is safe for concurrent use.
type Keyring struct {
	path  string // empty: in memory
	turn  sync.Mutex
	state atomic.Pointer[state]
}

// state is what one reading of the file gave. It is never changed.
type state struct {
	file   file
	sealer tink.AEAD
	keys   []Key
	seen   fs.FileInfo // the file that was last looked at, nil when there is none
	err    error       // why that file was not taken over
}

// file is the keyring as stored: JSON, all keys random.
type file struct {
	Sealing     json.RawMessage  `json:"sealing"` // a Tink keyset
	Link        []byte           `json:"link"`
	Fingerprint []byte           `json:"fingerprint"`
	Cookies     [][]byte         `json:"cookies"`  // the one in use first
	Releases    [][]byte         `json:"releases"` // Ed25519 seeds, the one in use first
	History     map[string]times `json:"history,omitempty"`
	Prepared    []string         `json:"prepared,omitempty"` // known, and not in use yet
}

// times are what is remembered of a key, by its id.
type times struct {
	Created time.Time `json:"created,omitzero"`
	Retired time.Time `json:"retired,omitzero"` // when another took over
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
	return newKeyring(file{
		Sealing: sealing.Bytes(), Link: random(), Fingerprint: random(),
		Cookies: [][]byte{random()}, Releases: [][]byte{random()},
	})
}

func newKeyring(f file) (*Keyring, error) {
	s, err := open(f)
	if err != nil {
		return nil, err
	}
	k := &Keyring{}
	k.state.Store(s)
	return k, nil
}

func random() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// Load reads a keyring and follows its file from then on. A file that others may
// read, or that lacks a key, is refused with a sentence that says so.
func Load(path string) (*Keyring, error) {
	s, err := read(path)
	if err != nil {
		return nil, err
	}
	k := &Keyring{path: path}
	k.state.Store(s)
	return k, nil
}

func read(path string) (*state, error) {
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
	s, err := open(f)
	if err != nil {
		return nil, err
	}
	s.seen = info
	return s, nil
}

// String keeps the keys out of logs.
func (k *Keyring) String() string { return "keyring" }

// GoString keeps the keys out of %#v.
func (k *Keyring) GoString() string { return "keyring" }

// Save writes the keyring to a new file and follows it from then on. It never
// replaces one. When it returns without an error the file is durable: what is
// sealed with its keys would be lost with it. Call it before the keyring is
// shared.
func (k *Keyring) Save(path string) error {
	err := writeNew(path, k.state.Load().file)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write keys: %s is there already; keys are never overwritten", path)
	}
	if err != nil {
		return err
	}
	k.path = path
	return nil
}

func open(f file) (*state, error) {
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
	return &state{file: f, sealer: sealer, keys: list(f, handle)}, nil
}

// Seal implements approvals.Sealer.
func (k *Keyring) Seal(plain, row []byte) ([]byte, error) {
	return k.now().sealer.Encrypt(plain, row)
}

// Open implements approvals.Sealer. What was sealed with a key that is not in
// the file is CodeUnavailable: the value may be as it should be, on another node.
func (k *Keyring) Open(sealed, row []byte) ([]byte, error) {
	s := k.now()
	plain, err := s.sealer.Decrypt(sealed, row)
	if err == nil {
		return plain, nil
	}
	if id, ok := SealedWith(sealed); ok && !s.has(id) {
		return nil, fmt.Errorf("%w: sealed with %s, which is not in the keys file", approvals.Refuse(approvals.CodeUnavailable), id)
	}
	return nil, errors.New("sealed value does not open")
}

// Sealing returns what a value begins with that is sealed now.
func (k *Keyring) Sealing() []byte {
	for _, key := range k.now().keys {
		if key.Use == UseSeal && key.InUse {
			return key.Prefix
		}
	}
	return nil // no keyset is without a primary key
}

// Links returns the key mail links are derived with.
func (k *Keyring) Links() approvals.LinkKey { return approvals.LinkKey(k.now().file.Link) }

// Fingerprints returns the key of destination fingerprints.
func (k *Keyring) Fingerprints() []byte { return bytes.Clone(k.now().file.Fingerprint) }

// Cookies returns the cookie authentication keys: the first one signs.
func (k *Keyring) Cookies() [][]byte {
	cookies := k.now().file.Cookies
	out := make([][]byte, len(cookies))
	for i, c := range cookies {
		out[i] = bytes.Clone(c)
	}
	return out
}

func keyID(pub ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(pub[:12]) }
