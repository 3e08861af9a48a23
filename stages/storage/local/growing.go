package local

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// Growing is a copy that is still being written, open to be read back as far as it
// was synced.
type Growing struct{ file *File }

// Growing opens what the sink is writing, unless CreateLike has made it. Close it.
func (s *Sink) Growing(ctx context.Context) (*Growing, error) {
	if s.alike {
		return nil, s.fail("open", errUnnamed)
	}
	temp, err := s.Temp(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.folder.openAgain(temp.Path)
	if err != nil {
		return nil, s.fail("open", err)
	}
	if temp.Identity.Inode != 0 && !f.opened.SameFile(temp.Identity) {
		return nil, s.fail("open", both(errSwapped, f.handle.close()))
	}
	f.root, f.name, f.copied = s.folder.Path(), s.name, true
	_ = f.AdviseSequential() // advice: a system that cannot take it reads all the same
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
func (g *Growing) UpTo(size int64) storage.Source { return prefix{g.file, size} }

// Close releases the descriptor, once the reads under way have returned.
func (g *Growing) Close() error { return g.file.Close() }

// prefix is the beginning of a file that grows.
type prefix struct {
	file *File
	size int64
}

var (
	_ storage.Source = prefix{}
	_ io.ReaderAt    = prefix{}
)

// errCutShort is a copy that somebody has made shorter.
var errCutShort = errors.New("ends before what was written to it")

func (p prefix) Size() int64 { return p.size }

// Identity is that of so many bytes: what else there is to a file changes while it
// grows.
func (p prefix) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Size: p.size}, nil
}

func (p prefix) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > p.size {
		return nil, p.file.fail("read", fmt.Errorf("%w: %d of %d bytes", errOffset, offset, p.size))
	}
	return io.NopCloser(io.NewSectionReader(p, offset, p.size-offset)), nil
}

func (p prefix) ReadAt(b []byte, offset int64) (int, error) {
	b, all := b[:min(int64(len(b)), max(0, p.size-offset))], len(b)
	n, err := p.file.ReadAt(b, offset)
	switch {
	case errors.Is(err, io.EOF):
		return n, p.file.fail("read", errCutShort)
	case err == nil && n < all:
		err = io.EOF
	}
	return n, err
}
