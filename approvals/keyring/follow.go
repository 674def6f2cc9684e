package keyring

import (
	"crypto/subtle"
	"errors"
	"io/fs"
	"os"
)

// Refresh reads the file again if it is not the one last read. With an error
// the keys are those of before; the same file gives the same error again.
func (k *Keyring) Refresh() error { return k.now().err }

// now returns the keys of the file as it is. While another goroutine reads a new
// file, they are those of before.
func (k *Keyring) now() *state {
	s := k.state.Load()
	if k.path == "" {
		return s
	}
	info, err := os.Stat(k.path)
	if err == nil && same(info, s.seen) {
		return s
	}
	k.turn.Lock()
	defer k.turn.Unlock()
	if s = k.state.Load(); err == nil && same(info, s.seen) {
		return s
	}
	s = s.next(k.path, info)
	k.state.Store(s)
	return s
}

// same reports whether two looks saw one file with one content.
func same(a, b fs.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

// next is the state after another look at the file. A key that links or
// fingerprints hang on does not change while a node runs: a file that has
// another one is somebody else's.
func (s *state) next(path string, looked fs.FileInfo) *state {
	fresh, err := read(path)
	if err == nil && subtle.ConstantTimeCompare(fresh.file.Link, s.file.Link)&subtle.ConstantTimeCompare(fresh.file.Fingerprint, s.file.Fingerprint) != 1 {
		err = errors.New("read keys: " + path + " holds another link or fingerprint key than before; its keys are not taken over")
	}
	if err == nil {
		return fresh
	}
	kept := *s
	kept.seen, kept.err = looked, err
	return &kept
}
