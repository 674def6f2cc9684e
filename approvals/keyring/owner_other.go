//go:build !unix

package keyring

import "os"

// lock does nothing: this system has no lock that ends with its process.
func lock(string) (unlock func(), err error) { return func() {}, nil }

// keepOwner does nothing: a file belongs to whoever may write its directory.
func keepOwner(string, os.FileInfo) error { return nil }
