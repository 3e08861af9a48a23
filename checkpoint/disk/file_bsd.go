//go:build darwin || freebsd

package disk

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

const omit = -2 // UTIME_OMIT, which x/sys does not have for darwin

// SetTimes goes by name: futimes would cut the nanoseconds off.
func (f *file) SetTimes(accessed, modified time.Time) error {
	return f.root.Chtimes(f.name, accessed, modified)
}

// SetAttribute sets an extended attribute.
func (f *file) SetAttribute(name string, value []byte) error {
	err := control(f.File, func(fd int) error { return unix.Fsetxattr(fd, name, value, 0) })
	if err != nil {
		return &fs.PathError{Op: "setxattr", Path: f.name, Err: err}
	}
	return nil
}
