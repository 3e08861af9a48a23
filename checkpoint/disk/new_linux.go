package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var _ NewRenamer = (*Root)(nil)

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
