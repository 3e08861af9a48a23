package local

import (
	"context"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
)

// TypeUnknown is the type of an [Entry] whose file system does not say; Stat
// does.
const TypeUnknown = fs.ModeIrregular

// Entry is one name of a directory.
type Entry struct {
	// Name is valid until the call that it was handed to returns.
	Name []byte
	// Type holds the type bits, or TypeUnknown.
	Type fs.FileMode
	// Inode is 0 where the listing does not say. At a mount point it is the
	// inode beneath the mount.
	Inode uint64
}

// Dir is a directory that is open for listing, once, by one goroutine.
type Dir struct {
	handle handle
	path   string
	id     checkpoint.Identity
}

// OpenDir opens the directory name. Close it.
func (r *Root) OpenDir(ctx context.Context, name string) (*Dir, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := r.guard.enter(); err != nil {
		return nil, r.fail("open", name, err)
	}
	defer r.leave()
	h, err := r.open(name, wantDirectory)
	if err != nil {
		return nil, r.fail("open", name, r.explain(name, err))
	}
	s, err := h.status()
	if err != nil {
		_ = h.close()
		return nil, r.fail("stat", name, err)
	}
	return &Dir{handle: h, path: join(r.path, name), id: s.Identity}, nil
}

// Identity is the directory's own, as it was at opening.
func (d *Dir) Identity() checkpoint.Identity { return d.id }

// Entries hands every name but . and .. to each, in the directory's own order,
// and stops at the first error that each returns. It lists in batches and keeps
// none of them. scratch spares an allocation where it holds 4 KiB or more.
func (d *Dir) Entries(scratch []byte, each func(Entry) error) error {
	var stopped error
	err := d.handle.entries(scratch, func(e Entry) error {
		stopped = each(e)
		return stopped
	})
	if err != nil && stopped == nil {
		return &fs.PathError{Op: "read directory", Path: d.path, Err: cause(err)}
	}
	return stopped
}

// Close ends the listing.
func (d *Dir) Close() error {
	if err := d.handle.close(); err != nil {
		return &fs.PathError{Op: "close", Path: d.path, Err: cause(err)}
	}
	return nil
}
