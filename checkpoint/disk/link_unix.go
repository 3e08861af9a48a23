//go:build linux || darwin || freebsd

package disk

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Link gives the file name another one, in another Root of the same file system.
// An os.Root links within itself only, and through symbolic links on the way.
func (r *Root) Link(name string, into Tree, as string) error {
	other, ok := into.(*Root)
	if !ok {
		return &os.LinkError{Op: "link", Old: name, New: as, Err: errors.ErrUnsupported}
	}
	err := step("link", as, func() error {
		return r.at(func(from int) error {
			return other.at(func(to int) error { return unix.Linkat(from, name, to, as, 0) }, as)
		}, name)
	})
	if err != nil {
		return &os.LinkError{Op: "link", Old: name, New: as, Err: err}
	}
	return nil
}

// Lchtimes sets the times of name, of a symbolic link its own.
func (r *Root) Lchtimes(name string, accessed, modified time.Time) error {
	times, err := timespecs(accessed, modified)
	if err == nil {
		err = r.at(func(dir int) error { return unix.UtimesNanoAt(dir, name, times, unix.AT_SYMLINK_NOFOLLOW) }, name)
	}
	if err != nil {
		return &os.PathError{Op: "chtimes", Path: name, Err: err}
	}
	return nil
}
