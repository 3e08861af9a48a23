package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Create begins to write the file that somebody named target, new or in place of a
// regular file. Of a symbolic link it is the link's own target that is written, and
// the link stays. Directories must be there. End the sink with Commit or Abort.
func Create(ctx context.Context, target string) (*Sink, error) { return CreateOwned(ctx, target, "") }

// CreateOwned is Create for an owner, after what it has left unfinished in the
// directory was removed; see [Target.SetOwner] and [Folder.Sweep].
func CreateOwned(ctx context.Context, target, owner string) (*Sink, error) {
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
	d, err := disk.Open(filepath.Dir(final))
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: target, Err: cause(err)}
	}
	return createAlone(ctx, d, owner, &Sink{name: filepath.Base(final), path: target})
}

// createAlone creates s in a target of its own, whose directory it takes over.
func createAlone(ctx context.Context, d disk.Directory, owner string, s *Sink) (*Sink, error) {
	t, err := newTarget(d, filepath.Dir(s.path))
	if err != nil {
		return nil, failAt("create", s.path, err)
	}
	t.SetOwner(owner)
	s.alone = t
	top := &Folder{target: t, folder: t.folders.take(".", nil)}
	var created *Sink
	if err = top.Sweep(ctx, func(string) bool { return false }); err == nil {
		created, err = top.create(ctx, s)
	}
	if err = both(err, top.Close()); err == nil {
		return created, nil
	}
	return nil, failAt("create", s.path, both(err, t.Close()))
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
