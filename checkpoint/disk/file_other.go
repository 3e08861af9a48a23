//go:build !linux && !darwin && !freebsd

package disk

import (
	"errors"
	"io/fs"
	"time"
)

// SetTimes goes by name, since no portable call sets them of an open file.
func (f *file) SetTimes(accessed, modified time.Time) error {
	return f.root.Chtimes(f.name, accessed, modified)
}

// SetAttribute is unsupported.
func (f *file) SetAttribute(string, []byte) error {
	return &fs.PathError{Op: "setxattr", Path: f.name, Err: errors.ErrUnsupported}
}
