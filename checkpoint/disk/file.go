package disk

import (
	"errors"
	"os"
)

// file is what a [Root] opens.
type file struct {
	*os.File
	root *os.Root
	name string
}

var _ File = (*file)(nil)

// control calls do with the descriptor, which stays open until do has returned.
func (f *file) control(do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = do(int(fd)) })
	return errors.Join(err, failed)
}
