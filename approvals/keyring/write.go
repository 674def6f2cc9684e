package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// change edits the file under a lock and puts a new one in its place, with the
// same owner and mode 0600: whoever reads it sees the old or the new one, whole,
// also after a crash. It returns the key whose id edit returned.
func change(path string, edit func(*file) (id string, err error)) (Key, error) {
	path, err := filepath.EvalSymlinks(path) // the file is replaced, not a link to it
	if err != nil {
		return Key{}, fmt.Errorf("change keys: %w", err)
	}
	unlock, err := lock(filepath.Dir(path))
	if err != nil {
		return Key{}, err
	}
	defer unlock()
	old, err := read(path)
	if err != nil {
		return Key{}, err
	}
	f := old.file.clone()
	id, err := edit(&f)
	if err != nil {
		return Key{}, err
	}
	s, err := open(f) // what could not be read again is not written
	if err != nil {
		return Key{}, err
	}
	if err := replace(path, f, old.seen); err != nil {
		return Key{}, err
	}
	if i := slices.IndexFunc(s.keys, func(k Key) bool { return k.ID == id }); i >= 0 {
		return s.keys[i], nil
	}
	return Key{}, nil
}

// replace writes f beside path and renames it. What a run that died left there
// is removed: under the lock nobody is writing it.
func replace(path string, f file, old os.FileInfo) error {
	beside := path + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write keys: %w", err)
	}
	if err := writeNew(beside, f); err != nil {
		return err
	}
	if err := keepOwner(beside, old); err != nil {
		return fmt.Errorf("write keys: %w", errors.Join(err, os.Remove(beside)))
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("write keys: %w", errors.Join(err, os.Remove(beside)))
	}
	return syncDir(filepath.Dir(path))
}

// writeNew makes a durable file with mode 0600 where there is none.
func writeNew(path string, f file) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
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
