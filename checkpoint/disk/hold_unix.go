//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// TryLock locks the open file without waiting. The error is [ErrHeld] where somebody
// else has locked it, and errors.ErrUnsupported on a system that has no lock which
// ends with its holder. The descriptor stands for the lock: it goes when the last copy
// of that is closed, which no child process gets.
func TryLock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return ErrHeld
		case err != nil:
			return os.NewSyscallError("flock", err)
		}
		return nil
	}
}

// hold opens the file and locks it, which are two steps: in between, whoever had it
// locked may have removed it.
func (r *Root) hold(name string) (*os.File, error) {
	seen, err := r.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !seen.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "hold", Path: name, Err: fs.ErrInvalid}
	}
	f, err := r.Root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := r.lockNamed(f, name); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (r *Root) lockNamed(f *os.File, name string) error {
	if err := TryLock(f); err != nil {
		return err
	}
	locked, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := r.Lstat(name)
	if err == nil && !os.SameFile(locked, named) {
		err = &fs.PathError{Op: "hold", Path: name, Err: fs.ErrNotExist}
	}
	return err
}
