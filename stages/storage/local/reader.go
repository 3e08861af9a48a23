package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/penstock-go/penstock/stages/storage"
)

// errOffset says that a reader was asked for outside of the file.
var errOffset = errors.New("local: offset outside of the file")

// reader reads one file front to back. It is its own offset, so that readers of
// one file do not disturb each other.
type reader struct {
	file   *File
	offset int64
}

// OpenAt reads from offset to the end. The reader ends in a
// *storage.ChangedError where the file turns out shorter or longer than it was
// at opening. It may give the last bytes together with io.EOF: a read that asked
// for more than the file holds and got just that has seen its end.
func (f *File) OpenAt(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if offset < 0 || offset > f.opened.Size {
		return nil, f.fail("read", fmt.Errorf("%w: %d of %d bytes", errOffset, offset, f.opened.Size))
	}
	return &reader{file: f, offset: offset}, nil
}

func (r *reader) Read(p []byte) (int, error) {
	if r.file == nil {
		return 0, os.ErrClosed
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.file.pread(p, r.offset)
	if err != nil {
		return n, r.file.fail("read", err)
	}
	r.offset += int64(n)
	size := r.file.opened.Size
	switch {
	case r.offset > size, n == 0 && r.offset < size:
		return n, r.changed()
	case r.offset == size && n < len(p):
		return n, io.EOF
	default:
		return n, nil
	}
}

// Close ends the reader and leaves the file open.
func (r *reader) Close() error {
	r.file = nil
	return nil
}

func (r *reader) changed() error {
	now, err := r.file.status()
	if err != nil {
		return r.file.fail("stat", err)
	}
	return r.file.fail("read", &storage.ChangedError{
		Before: r.file.opened, After: now.Identity, Read: r.offset,
	})
}
