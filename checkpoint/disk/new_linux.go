package disk

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

var _ NewRenamer = (*Root)(nil)

// open does not let package os make a new file: that asks the poller to watch it, which a
// regular file refuses.
func (r *Root) open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	const isNew = os.O_CREATE | os.O_EXCL
	if flag&isNew != isNew {
		return r.Root.OpenFile(name, flag, perm)
	}
	var fd int
	err := r.at(func(dir int) (err error) {
		fd, err = unix.Openat(dir, name, flag|unix.O_CLOEXEC, uint32(perm.Perm()))
		return err
	}, name)
	if err != nil {
		return nil, &fs.PathError{Op: "openat", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// RenameNew is one renameat2.
func (r *Root) RenameNew(from, to string) error {
	err := step("rename", to, func() error {
		return r.at(func(dir int) error { return unix.Renameat2(dir, from, dir, to, unix.RENAME_NOREPLACE) }, from, to)
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS): // file systems, and systems, that cannot
		err = errors.ErrUnsupported
	}
	return &os.LinkError{Op: "renameat2", Old: from, New: to, Err: err}
}
