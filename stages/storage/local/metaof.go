package local

import (
	"context"
	"errors"
	"io/fs"
	"strings"
)

// Meta is what keep names of the open file, as it was when it was opened, with the
// attributes that it has now. What could not be read is a [LostError]; the rest of m is
// good then, and its Keep does not name what is missing as a whole.
func (f *File) Meta(ctx context.Context, keep Keep) (m Meta, err error) {
	if err := context.Cause(ctx); err != nil {
		return Meta{}, err
	}
	if err := f.guard.enter(); err != nil {
		return Meta{}, f.fail("stat", err)
	}
	defer f.leave()
	if m, err = f.handle.meta(f.meta, keep); err != nil {
		return m, f.fail("stat", err)
	}
	return m, nil
}

// meta is what keep names of what was seen, and of the attributes.
func (h handle) meta(seen Meta, keep Keep) (Meta, error) {
	var lost losses
	m := seen.only(keep, &lost)
	if keep&KeepAttributes != 0 {
		m.Attributes = attributes(h.fd(), &lost)
	}
	return m, lost.err()
}

// only is what keep names of what was seen, of which the owner may be missing.
func (m Meta) only(keep Keep, lost *losses) Meta {
	if keep&KeepOwner&^m.Keep != 0 {
		keep &^= KeepOwner
		lost.note("owner", errors.ErrUnsupported)
	}
	m.Keep = keep
	return m
}

// Links is how many names the file had when it was opened; 0 where the system does
// not tell.
func (f *File) Links() uint64 { return f.links }

// Meta is like that of a [File], but as the directory is now.
func (d *Dir) Meta(ctx context.Context, keep Keep) (Meta, error) {
	if err := context.Cause(ctx); err != nil {
		return Meta{}, err
	}
	_, seen, err := d.handle.look()
	if err != nil {
		return Meta{}, &fs.PathError{Op: "stat", Path: d.path, Err: err}
	}
	m, err := d.handle.meta(seen, keep)
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
