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
	root, err := r.anchor.openRoot(r.path, path.Dir(name))
	if err != nil {
		return nil, r.fail("create", name, cause(err))
	}
	return create(rootDisk{root}, join(r.path, name), path.Base(name))
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
