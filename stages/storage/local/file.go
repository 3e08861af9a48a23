package local

import (
	"context"
	"io"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// File is a regular file that is open for reading. It may be used from several
// goroutines.
type File struct {
	handle     handle
	guard      guard
	root, name string
	opened     checkpoint.Identity
	meta       Meta // but for the attributes
	links      uint64
	sparse     bool
	copied     bool // it is a copy that is read back
}

var (
	_ storage.Source     = (*File)(nil)
	_ storage.Rememberer = (*File)(nil)
	_ storage.Adviser    = (*File)(nil)
	_ io.ReaderAt        = (*File)(nil)
	_ io.Closer          = (*File)(nil)
)

// Open opens the regular file that somebody named path, through symbolic links
// as everything does that is named on a command line, and never hangs. Close it.
func Open(ctx context.Context, path string) (*File, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f, err := openNamedFile(ctx, path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: explainNamed(path, cause(err))}
	}
	f.root, f.name = ".", path
	return f, nil
}

// Stat looks at what somebody named path, through symbolic links.
func Stat(ctx context.Context, path string) (Status, error) {
	if err := context.Cause(ctx); err != nil {
		return Status{}, err
	}
	s, err := statNamed(path)
	if err != nil {
		return Status{}, &fs.PathError{Op: "stat", Path: path, Err: explainNamed(path, cause(err))}
	}
	return s, nil
}

// StatFile looks at a file that is open. Where the system's own look does not tell
// which file it is, as that of Windows, the Identity has no inode.
func StatFile(f *os.File) (Status, error) {
	info, err := f.Stat()
	if err != nil {
		return Status{}, err
	}
	return statusOfInfo(info), nil
}

func openNamedFile(ctx context.Context, path string) (*File, error) {
	seen, err := statNamed(path)
	if err != nil {
		return nil, err
	}
	if err := regular(seen); err != nil {
		return nil, err
	}
	h, err := openNamed(path, wantFile)
	if leased(err) {
		h, err = openLeased(ctx, func() (handle, error) { return openNamed(path, wantFile) })
	}
	if err != nil {
		return nil, err
	}
	return newFile(h, &seen)
}

// newFile takes h over: it is closed unless it is a regular file and, where a
// look was had beforehand, the one that was seen.
func newFile(h handle, seen *Status) (*File, error) {
	now, meta, err := h.look()
	if err == nil && seen != nil && !now.Identity.SameFile(seen.Identity) {
		err = errSwapped
	}
	if err == nil {
		err = regular(now)
	}
	if err != nil {
		_ = h.close()
		return nil, err
	}
	return &File{handle: h, opened: now.Identity, meta: meta, links: now.Links, sparse: now.sparse}, nil
}

// Path is the file as the user would write it.
func (f *File) Path() string { return join(f.root, f.name) }

// Size is how many bytes the file held when it was opened.
func (f *File) Size() int64 { return f.opened.Size }

// Opened is the identity that the file had when it was opened.
func (f *File) Opened() checkpoint.Identity { return f.opened }

// Identity asks the open file, not its name: a file that was renamed or removed
// meanwhile is still itself.
func (f *File) Identity(ctx context.Context) (checkpoint.Identity, error) {
	if err := context.Cause(ctx); err != nil {
		return checkpoint.Identity{}, err
	}
	s, err := f.status()
	if err != nil {
		return checkpoint.Identity{}, f.fail("stat", err)
	}
	return s.Identity, nil
}

// ReadAt reads as io.ReaderAt says: all of p or an error. It does not watch for
// changes; storage.Verify does that afterwards.
func (f *File) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		m, err := f.pread(p[n:], offset+int64(n))
		n += m
		switch {
		case err != nil:
			return n, f.fail("read", err)
		case m == 0:
			return n, io.EOF
		}
	}
	return n, nil
}

// AdviseSequential tells the page cache to read well ahead.
func (f *File) AdviseSequential() error { return f.advise(handle.adviseSequential) }

// DropBehind gives back the page cache of n bytes from offset; pages that hold
// others' bytes too stay.
func (f *File) DropBehind(offset, n int64) error {
	return f.advise(func(h handle) error { return h.dropBehind(offset, n) })
}

// Close releases the descriptor, once the reads under way have returned.
func (f *File) Close() error {
	last, err := f.guard.close()
	if last {
		err = f.handle.close()
	}
	if err != nil {
		return f.fail("close", err)
	}
	return nil
}

func (f *File) leave() {
	if f.guard.leave() {
		_ = f.handle.close()
	}
}

func (f *File) status() (Status, error) {
	if err := f.guard.enter(); err != nil {
		return Status{}, err
	}
	defer f.leave()
	return f.handle.status()
}

func (f *File) pread(p []byte, offset int64) (int, error) {
	if err := f.guard.enter(); err != nil {
		return 0, err
	}
	defer f.leave()
	return f.handle.readAt(p, offset)
}

func (f *File) advise(give func(handle) error) error {
	if err := f.guard.enter(); err != nil {
		return f.fail("advise", err)
	}
	defer f.leave()
	if err := give(f.handle); err != nil {
		return f.fail("advise", err)
	}
	return nil
}

func (f *File) fail(op string, err error) error {
	if f.copied {
		return failAt(op, f.Path(), err)
	}
	return &fs.PathError{Op: op, Path: f.Path(), Err: err}
}
