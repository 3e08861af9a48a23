package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// Growing is a copy that is still being written, open to be read back as far as it
// was synced.
type Growing struct{ file *File }

// Growing opens what the sink is writing. Close it.
func (s *Sink) Growing(ctx context.Context) (*Growing, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, s.fail("open", err)
	}
	info, err := s.file.Stat()
	if err != nil {
		return nil, s.fail("open", err)
	}
	opened, err := s.folder.folder.disk.OpenFile(s.temp, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, s.fail("open", err)
	}
	f, err := fileOf(opened, statusOfInfo(info))
	if err != nil {
		return nil, s.fail("open", err)
	}
	f.root, f.name, f.copied = s.folder.Path(), s.name, true
	return &Growing{f}, nil
}

// Evict is for bytes that were synced, n from offset: they are read from the medium
// after it. The error is [ErrCached] where they are not.
func (g *Growing) Evict(offset, n int64) error {
	err := g.file.advise(func(h handle) error { return h.evict(offset, n) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCached, err)
	}
	return nil
}

// UpTo is the first size bytes, which nothing writes to any more. It is good until
// the file is closed.
func (g *Growing) UpTo(size int64) storage.Source { return part{g.file, size} }

// Close releases the descriptor, once the reads under way have returned.
func (g *Growing) Close() error { return g.file.Close() }

// part is the beginning of a file that grows.
type part struct {
	file *File
	size int64
}

var (
	_ storage.Source = part{}
	_ io.ReaderAt    = part{}
)

// errCutShort is a copy that somebody has made shorter.
var errCutShort = errors.New("ends before what was written to it")

func (p part) Size() int64 { return p.size }

// Identity is that of so many bytes: what else there is to a file changes while it
// grows.
func (p part) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Size: p.size}, nil
}

func (p part) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > p.size {
		return nil, p.file.fail("read", fmt.Errorf("%w: %d of %d bytes", errOffset, offset, p.size))
	}
	return io.NopCloser(io.NewSectionReader(p, offset, p.size-offset)), nil
}

func (p part) ReadAt(b []byte, offset int64) (int, error) {
	left := max(0, p.size-offset)
	n, err := p.file.ReadAt(b[:min(int64(len(b)), left)], offset)
	switch {
	case errors.Is(err, io.EOF):
		return n, p.file.fail("read", errCutShort)
	case err == nil && n < len(b):
		err = io.EOF
	}
	return n, err
}
