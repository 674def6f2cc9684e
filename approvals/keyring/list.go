package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"countersign/approvals"
)

// Use is what a key is for.
type Use string

// The uses of keys.
const (
	UseSeal        Use = "seal"        // secrets at rest
	UseRelease     Use = "release"     // release tokens
	UseCookie      Use = "cookie"      // cookies of sellers' browsers
	UseLink        Use = "link"        // links in mails
	UseFingerprint Use = "fingerprint" // destinations
)

// Key says what there is to say of a key without the key.
type Key struct {
	ID  string
	Use Use
	// InUse: new things are made with this one. The others of its use are there
	// for what they have made.
	InUse bool
	// Prepared: it is known, so that all nodes have it before it comes into use.
	Prepared  bool
	CreatedAt time.Time // zero: not noted
	RetiredAt time.Time // when another took over; zero: not noted, or in use
	// Prefix is what every value begins with that was sealed with it, nil for
	// the other uses.
	Prefix []byte
}

// Keys lists all keys of the file, use by use.
func (k *Keyring) Keys() []Key { return slices.Clone(k.now().keys) }

// Date notes now as the time at which keys were made of which that is not noted.
// Call it before Save.
func (k *Keyring) Date(now time.Time) error {
	f := k.state.Load().file.clone()
	for _, key := range k.state.Load().keys {
		if key.CreatedAt.IsZero() {
			f.History[key.ID] = times{Created: now}
		}
	}
	s, err := open(f)
	if err != nil {
		return err
	}
	k.state.Store(s)
	return nil
}

func (s *state) has(id string) bool {
	return slices.ContainsFunc(s.keys, func(k Key) bool { return k.ID == id })
}

func list(f file, sealing *keyset.Handle) []Key {
	var all []Key
	add := func(id string, use Use, inUse bool, prefix []byte) {
		all = append(all, Key{
			ID: id, Use: use, InUse: inUse, Prefix: prefix, Prepared: slices.Contains(f.Prepared, id),
			CreatedAt: f.History[id].Created, RetiredAt: f.History[id].Retired,
		})
	}
	info := sealing.KeysetInfo()
	for _, key := range info.GetKeyInfo() {
		prefix := binary.BigEndian.AppendUint32([]byte{tinkPrefix}, key.GetKeyId())
		add(sealID(key.GetKeyId()), UseSeal, key.GetKeyId() == info.GetPrimaryKeyId(), prefix)
	}
	for i, seed := range slices.Backward(f.Releases) {
		add(releaseID(seed), UseRelease, i == 0, nil)
	}
	for i, key := range slices.Backward(f.Cookies) {
		add(cookieID(key), UseCookie, i == 0, nil)
	}
	add(hashedID(UseLink, f.Link), UseLink, true, nil)
	add(hashedID(UseFingerprint, f.Fingerprint), UseFingerprint, true, nil)
	return all
}

// tinkPrefix opens what Tink's own keys make; the key's id follows in four bytes
// (Tink wire format, "TINK" output prefix).
const tinkPrefix = 1

// SealedWith reads the id of the key a value says it was sealed with; its first
// bytes are enough.
func SealedWith(sealed []byte) (id string, ok bool) {
	if len(sealed) < approvals.SealPrefix || sealed[0] != tinkPrefix {
		return "", false
	}
	return sealID(binary.BigEndian.Uint32(sealed[1:])), true
}

func sealID(id uint32) string { return fmt.Sprintf("%s-%08x", UseSeal, id) }

// releaseID holds the kid that tokens and the JWKS name the key by.
func releaseID(seed []byte) string {
	return string(UseRelease) + "-" + keyID(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
}

func cookieID(key []byte) string { return hashedID(UseCookie, key) }

// hashedID names a key by 32 bits of a hash of its 256 random ones, which say
// nothing about them.
func hashedID(use Use, key []byte) string {
	sum := sha256.Sum256(append([]byte("countersign/key-id/v1\n"+string(use)+"\n"), key...))
	return string(use) + "-" + hex.EncodeToString(sum[:4])
}
