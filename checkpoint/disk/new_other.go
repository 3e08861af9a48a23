//go:build !linux

package disk

import (
	"io/fs"
	"os"
)

func (r *Root) open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return r.Root.OpenFile(name, flag, perm)
}
