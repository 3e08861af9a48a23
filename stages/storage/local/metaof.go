package local

import (
	"context"
	"io/fs"
	"strings"
)

// Meta reads what keep names of the open file. What could not be read is a
// [LostError]; the rest of m is good then, and its Keep does not name what is missing
// as a whole.
func (f *File) Meta(ctx context.Context, keep Keep) (m Meta, err error) {
	if err := context.Cause(ctx); err != nil {
		return Meta{}, err
	}
	if err := f.guard.enter(); err != nil {
		return Meta{}, f.fail("stat", err)
	}
	defer f.leave()
	if m, err = f.handle.meta(keep); err != nil {
		return m, f.fail("stat", err)
	}
	return m, nil
}

// Links is how many names the file had when it was opened; 0 where the system does
// not tell.
func (f *File) Links() uint64 { return f.links }

// Meta is like that of a [File].
func (d *Dir) Meta(ctx context.Context, keep Keep) (Meta, error) {
	if err := context.Cause(ctx); err != nil {
		return Meta{}, err
	}
	m, err := d.handle.meta(keep)
	if err != nil {
		return m, &fs.PathError{Op: "stat", Path: d.path, Err: err}
	}
	return m, nil
}

// Readlink is what stands in the symbolic link name, and what it has besides: an
// owner and times, if keep names them. It does not look at what it leads to.
func (r *Root) Readlink(ctx context.Context, name string, keep Keep) (target string, m Meta, err error) {
	if err := context.Cause(ctx); err != nil {
		return "", Meta{}, err
	}
	if len(name) > longName {
		if way := strings.LastIndexByte(name[:longName], '/'); way > 0 {
			below, err := r.OpenRoot(ctx, name[:way])
			if err != nil {
				return "", Meta{}, err
			}
			defer func() { _ = below.Close() }()
			return below.Readlink(ctx, name[way+1:], keep)
		}
	}
	if err := r.guard.enter(); err != nil {
		return "", Meta{}, r.fail("readlink", name, err)
	}
	defer r.leave()
	target, m, err = r.anchor.readlink(name, keep&(KeepOwner|KeepTimes))
	if err != nil {
		return "", Meta{}, r.fail("readlink", name, explainBeneath(join(r.path, name), cause(err)))
	}
	return target, m, nil
}
