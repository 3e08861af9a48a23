package disk

import (
	"io/fs"
	"os"
)

// file is what a [Root] opens.
type file struct {
	*os.File
	root *Root
	name string
}

var _ File = (*file)(nil)

// control calls do with the descriptor of f, which stays open until do has returned.
func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if raw.Control(func(fd uintptr) { err = do(int(fd)) }) != nil {
		return fs.ErrClosed
	}
	return err
}
