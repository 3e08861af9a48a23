package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Create begins to write the file name beneath the root, new or in place of a
// regular file. Directories must be there. End the sink with Commit or Abort.
func (r *Root) Create(ctx context.Context, name string) (*Sink, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := r.guard.enter(); err != nil {
		return nil, r.fail("create", name, err)
	}
	defer r.leave()
	d, err := r.disk(path.Dir(name))
	if err != nil {
		return nil, r.fail("create", name, cause(err))
	}
	return create(d, join(r.path, name), path.Base(name))
}

// disk opens the directory dir beneath the root for a sink of its own.
func (r *Root) disk(dir string) (disk, error) {
	base, err := os.OpenRoot(r.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = base.Close() }()
	if err := r.same(base); err != nil {
		return nil, err
	}
	root, err := base.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return rootDisk{root}, nil
}

// same insists that base, which was opened by path, is the root that we have.
func (r *Root) same(base *os.Root) error {
	now, err := base.Stat(".")
	if err != nil {
		return err
	}
	opened, err := r.anchor.look(".")
	if err != nil {
		return err
	}
	if !opened.Identity.SameFile(statusOfInfo(now).Identity) {
		return errSwapped
	}
	return nil
}

// Create begins to write the file that somebody named target. Of a symbolic
// link it is the link's own target that is written, and the link stays.
func Create(ctx context.Context, target string) (*Sink, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	final, err := filepath.EvalSymlinks(target)
	if errors.Is(err, fs.ErrNotExist) {
		if final = target; isLink(target) {
			return nil, &fs.PathError{Op: "create", Path: target, Err: explainNamed(target, cause(err))}
		}
	} else if err != nil {
		return nil, &fs.PathError{Op: "create", Path: target, Err: cause(err)}
	}
	root, err := os.OpenRoot(filepath.Dir(final))
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: target, Err: cause(err)}
	}
	return create(rootDisk{root}, target, filepath.Base(final))
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
