package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// How long what a key made may still come back after another took over.
const (
	releaseKept = 15 * time.Minute // a token lives five, and its receiver may be late
	cookieKept  = 24 * time.Hour   // an opened link is remembered for a day
)

// Prepare puts a new key of this use into the file without using it: once the
// file is on every machine, Rotate brings it into use, and no node meets a key
// it does not have. Machines that share the file do not need it. With a key
// prepared already it returns that one.
func Prepare(path string, use Use, now time.Time) (Key, error) {
	return change(path, func(f *file) (string, error) { return f.prepare(use, now) })
}

// Rotate brings another key of this use into use, the prepared one or a new one,
// and returns it. The old ones stay. What was sealed with them still has to be
// sealed anew; tokens and cookies need nothing.
//
// The link key cannot be rotated: mails that are still to be sent derive the
// links whose hashes are stored already, so theirs would open nothing, and the
// stop link of an action would differ from mail to mail. The fingerprint key
// cannot either: destinations on record are known by fingerprints alone, so a
// thief's account would come back as one never seen. A token or a fingerprint
// says nothing about its key, and neither key opens anything without the
// database.
func Rotate(path string, use Use, now time.Time) (Key, error) {
	return change(path, func(f *file) (string, error) {
		id, err := f.prepare(use, now)
		if err == nil {
			err = f.promote(use, id, now)
		}
		return id, err
	})
}

// Remove deletes a key that is not in use. Of a sealing key the caller knows
// that no row needs it; a release or cookie key is refused for as long as
// something it signed may come back.
func Remove(path, id string, now time.Time) (Key, error) {
	var gone Key
	_, err := change(path, func(f *file) (string, error) {
		s, err := open(*f)
		if err != nil {
			return "", err
		}
		if gone, err = s.removable(id, now); err != nil {
			return "", err
		}
		return "", f.remove(gone)
	})
	return gone, err
}

// Removable returns the key with this id, or says why it cannot be removed
// whatever the rows say.
func (k *Keyring) Removable(id string, now time.Time) (Key, error) { return k.now().removable(id, now) }

func (s *state) removable(id string, now time.Time) (Key, error) {
	i := slices.IndexFunc(s.keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, fmt.Errorf("there is no key %q; \"countersign keys list\" shows those there are", id)
	}
	key := s.keys[i]
	if err := fixed(key.Use); err != nil {
		return key, err
	}
	if key.InUse {
		return key, fmt.Errorf("%s is in use; rotate first, so that another takes over", id)
	}
	kept := map[Use]time.Duration{UseRelease: releaseKept, UseCookie: cookieKept}[key.Use]
	if until := key.RetiredAt.Add(kept); kept > 0 && now.Before(until) {
		return key, fmt.Errorf("%s is needed for what it has signed until %s", id, until.UTC().Format(time.RFC3339))
	}
	return key, nil
}

// fixed says why a use's key cannot be another one.
func fixed(use Use) error {
	switch use {
	case UseSeal, UseRelease, UseCookie:
		return nil
	case UseLink:
		return errors.New("the link key cannot be rotated: links in mails that are still to be sent would open nothing")
	case UseFingerprint:
		return errors.New("the fingerprint key cannot be rotated: destinations already on record would not be known again")
	}
	return fmt.Errorf("there are no %q keys", use)
}

func (f file) clone() file {
	f.Sealing, f.Cookies, f.Releases, f.Prepared = bytes.Clone(f.Sealing), slices.Clone(f.Cookies), slices.Clone(f.Releases), slices.Clone(f.Prepared)
	if f.History = maps.Clone(f.History); f.History == nil {
		f.History = map[string]times{}
	}
	return f
}

// prepare adds a key that is not in use and returns its id.
func (f *file) prepare(use Use, now time.Time) (string, error) {
	if err := fixed(use); err != nil {
		return "", err
	}
	s, err := open(*f)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(s.keys, func(k Key) bool { return k.Use == use && k.Prepared }); i >= 0 {
		return s.keys[i].ID, nil
	}
	fresh := random()
	var id string
	switch use {
	case UseSeal:
		err = f.editSealing(func(m *keyset.Manager) error {
			n, err := m.Add(aead.AES256GCMKeyTemplate())
			id = sealID(n)
			return err
		})
	case UseRelease:
		f.Releases, id = append(f.Releases, fresh), releaseID(fresh)
	case UseCookie:
		f.Cookies, id = append(f.Cookies, fresh), cookieID(fresh)
	case UseLink, UseFingerprint: // refused above
	}
	f.History[id] = times{Created: now}
	f.Prepared = append(f.Prepared, id)
	return id, err
}

// promote brings a prepared key into use.
func (f *file) promote(use Use, id string, now time.Time) error {
	s, err := open(*f)
	if err != nil {
		return err
	}
	for _, key := range s.keys {
		if key.Use == use && key.InUse {
			f.History[key.ID] = times{Created: key.CreatedAt, Retired: now}
		}
	}
	f.Prepared = slices.DeleteFunc(f.Prepared, func(p string) bool { return p == id })
	f.Releases = front(f.Releases, func(seed []byte) bool { return releaseID(seed) == id })
	f.Cookies = front(f.Cookies, func(key []byte) bool { return cookieID(key) == id })
	return f.editSealing(func(m *keyset.Manager) error {
		if n, ok := sealNumber(id); ok {
			return m.SetPrimary(n)
		}
		return nil
	})
}

// front moves the key that is meant to the front.
func front(keys [][]byte, meant func([]byte) bool) [][]byte {
	if i := slices.IndexFunc(keys, meant); i >= 0 {
		key := keys[i]
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, key)
	}
	return keys
}

func (f *file) remove(key Key) error {
	f.Releases = slices.DeleteFunc(f.Releases, func(seed []byte) bool { return releaseID(seed) == key.ID })
	f.Cookies = slices.DeleteFunc(f.Cookies, func(c []byte) bool { return cookieID(c) == key.ID })
	f.Prepared = slices.DeleteFunc(f.Prepared, func(p string) bool { return p == key.ID })
	delete(f.History, key.ID)
	return f.editSealing(func(m *keyset.Manager) error {
		if n, ok := sealNumber(key.ID); ok {
			return m.Delete(n)
		}
		return nil
	})
}

func sealNumber(id string) (uint32, bool) {
	var n uint32
	_, err := fmt.Sscanf(id, string(UseSeal)+"-%08x", &n)
	return n, err == nil
}

func (f *file) editSealing(edit func(*keyset.Manager) error) error {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Sealing)))
	if err != nil {
		return errors.New("the sealing keys are missing or damaged")
	}
	m := keyset.NewManagerFromHandle(handle)
	if err := edit(m); err != nil {
		return fmt.Errorf("change the sealing keys: %w", err)
	}
	if handle, err = m.Handle(); err != nil {
		return fmt.Errorf("change the sealing keys: %w", err)
	}
	var raw bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&raw)); err != nil {
		return fmt.Errorf("change the sealing keys: %w", err)
	}
	f.Sealing = raw.Bytes()
	return nil
}
