//go:build !linux

package disk

import (
	"errors"
	"io/fs"
	"os"
)

func (r *Root) open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return r.Root.OpenFile(name, flag, perm)
}

// RenameNew is unsupported.
func (r *Root) RenameNew(from, to string) error {
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: errors.ErrUnsupported}
}
