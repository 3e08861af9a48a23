package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Create begins to write the file that somebody named target, new or in place of a
// regular file. Of a symbolic link it is the link's own target that is written, and
// the link stays. Directories must be there. End the sink with Commit or Abort.
//
// What earlier processes have left unfinished of the same file is removed, but for what
// one of them is still writing; see [disk.Hold] for where that can be told.
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
	top := &Folder{target: t, folder: t.folders.take(".", nil)}
	if owner != "" {
		t.SetOwner(owner)
		err = top.Sweep(ctx, func(string) bool { return false })
	} else {
		t.SetOwner(ownerOf(s.name))
		err = top.sweep(removeAbandoned)
	}
	if err == nil {
		s, err = top.createHeld(ctx, s)
	}
	if err = both(err, top.Close()); err == nil {
		s.alone = t
		return s, nil
	}
	return nil, failAt("create", s.path, both(err, t.Close()))
}

// ownerOf is whose the unfinished files are of a file that belongs to no job: those
// of the same name have the same one.
func ownerOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:6])
}

func removeAbandoned(in disk.Directory, name string) error {
	_ = disk.RemoveAbandoned(in, name) // what cannot be removed is no worse than before
	return nil
}

// createHeld creates s, and holds its temporary file for as long as the target.
func (d *Folder) createHeld(ctx context.Context, s *Sink) (*Sink, error) {
	for {
		created, err := d.create(ctx, &Sink{name: s.name, path: s.path})
		if err != nil {
			return s, err
		}
		if d.target.held, err = disk.Hold(d.folder.disk, created.temp); !disk.Taken(err) {
			return created, nil // held or not, it can be written
		}
		if err := created.Abort(ctx); err != nil {
			return s, err
		}
	}
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
