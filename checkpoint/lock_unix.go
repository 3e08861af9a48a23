//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks the open file, which its descriptor then stands for: it goes when
// the last copy of that is closed, which no child process gets.
func tryLock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errHeld
		case err != nil:
			return os.NewSyscallError("flock", err)
		}
		return nil
	}
}

// removeHeld removes the file while it is still locked, so that it is nobody
// else's. Whoever has opened it meanwhile finds out after locking.
func (l *JobLock) removeHeld() error { return removeIfThere(l.dir, l.name) }
