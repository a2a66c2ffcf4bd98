//go:build unix

package ingest

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this import alone. Only a lock that somebody else holds is a no: some file systems have none.
func lock(f *os.File) bool {
	return !errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
