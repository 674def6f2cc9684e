//go:build unix

package approvaldb

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock beside the SQLite file until the database is closed
// or the process dies.
func (db *DB) lockFile() error {
	f, err := os.OpenFile(db.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("open database: another gateway uses %s; one SQLite file serves one process", db.path)
		}
		return fmt.Errorf("open database: %w", err)
	}
	db.onClose(f.Close)
	return nil
}
