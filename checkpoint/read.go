package checkpoint

import (
	"errors"
	"io"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// openPrivate opens a file that only we can have written. Lstat comes first: to
// open a FIFO would wait for whoever writes to it.
func openPrivate(d disk.Directory, name string, flag int) (disk.File, error) {
	info, err := d.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := checkFile(info); err != nil {
		return nil, err
	}
	return d.OpenFile(name, flag, 0)
}

// readPrivate is the content of a file of at most MaxSize bytes. Its length is
// asked of the open file, since a Save may put another one under the name at any
// time.
func readPrivate(d disk.Directory, name string) ([]byte, error) {
	f, err := openPrivate(d, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxSize {
		return nil, refuse(ErrTooLarge, "%d bytes, and it may have %d", info.Size(), MaxSize)
	}
	content := make([]byte, info.Size())
	n, err := f.ReadAt(content, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return content[:n], nil
}
