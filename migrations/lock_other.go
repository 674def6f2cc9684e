//go:build !unix

package migrations

import "context"

// lockFile has no lock to take here: SQLite's own makes the second of two
// first starts fail, and it succeeds when it is started again.
func lockFile(context.Context, string) (func(), error) { return func() {}, nil }
