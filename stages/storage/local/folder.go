package local

import (
	"context"
	"errors"
	"io/fs"
	"sync/atomic"

	"github.com/penstock-go/penstock/checkpoint"
)

// Folder is a directory of a [Target] in somebody's hands: always the one that was
// opened, whatever becomes of its name. It may be used from several goroutines.
type Folder struct {
	target *Target
	folder *folder
	closed atomic.Bool
}

// Folder opens the directory name, "." for the target itself. Close it. One that
// somebody has in hand is not looked for anew, since SyncNames tells whether the name
// still leads there.
func (t *Target) Folder(ctx context.Context, name string) (*Folder, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f := t.folders.takeInHand(name)
	if f == nil {
		var err error
		if f, err = t.acquire(ctx, name); err != nil {
			return nil, t.fail("open", name, err)
		}
	}
	return &Folder{target: t, folder: f}, nil
}

// Path is the directory as the user would write it.
func (d *Folder) Path() string { return d.path(".") }

// SyncNames makes the names in the folder last, and those of the directories above
// it, up to the target's own. It is an error that is storage.ErrChanged where the
// folder is not any more what its name leads to, since what is in it then is not
// where it was to be. After any other error what was done in the folder may be
// lost; the error comes again, and no later sync takes it back.
func (d *Folder) SyncNames(ctx context.Context) error {
	return d.target.fail("sync directory", d.folder.name, d.syncNames(ctx))
}

func (d *Folder) syncNames(ctx context.Context) error {
	f, err := d.target.walk(ctx, d.folder.name, func(f *folder) error { return f.names.sync(f.disk, d.target.syncFilesystem) })
	if err != nil {
		d.target.folders.moved(d.folder)
		return err
	}
	if f != d.folder {
		err = errMoved
	}
	return both(err, d.target.folders.release(f))
}

// SyncEarlier has the next SyncNames sync what is in the folder already, where that is not
// known to last: an earlier process may have been killed after it had given it its name.
func (d *Folder) SyncEarlier() { d.folder.names.oweEarlier() }

// Look says what stands under name in the folder: of a symbolic link, the link.
func (d *Folder) Look(ctx context.Context, name string) (checkpoint.Found, fs.FileMode, error) {
	info, err := d.lstat(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint.Found{}, 0, nil
	}
	if err != nil {
		return checkpoint.Found{}, 0, d.fail("stat", name, err)
	}
	return checkpoint.Found{Exists: true, Identity: statusOfInfo(info).Identity}, info.Mode(), nil
}

// Discard removes a file that somebody noted, and says whether it has: another file of
// that name is somebody else's and stays, and there need not be one. Where an info does
// not tell which file it is, as on Windows, all stay.
func (d *Folder) Discard(ctx context.Context, noted checkpoint.File) (removed bool, err error) {
	info, err := d.lstat(ctx, noted.Path)
	if err == nil && ours(info, noted.Identity) {
		err = d.folder.disk.Remove(noted.Path)
		removed = err == nil
		d.folder.names.touch()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, d.fail("remove", noted.Path, err)
	}
	return removed, nil
}

// Publish gives a temporary file its final name that an earlier process has finished
// and synced, and no more. There it lasts after SyncNames. The error is
// storage.ErrChanged, and nothing has happened, where temp was written to since, or is
// another file.
func (d *Folder) Publish(ctx context.Context, temp checkpoint.File, name string) (checkpoint.Identity, error) {
	m := move{folder: d.folder, temp: temp.Path, name: name}
	err := d.usable(ctx, name)
	if err == nil {
		err = m.make(func(info fs.FileInfo) bool { return unwritten(info, temp.Identity) })
	}
	if err != nil {
		return checkpoint.Identity{}, d.fail("publish", name, err)
	}
	return m.final, nil
}

// Close gives the folder back. Sinks do not need it any more.
func (d *Folder) Close() error {
	if d.closed.Swap(true) {
		return d.target.fail("close", d.folder.name, fs.ErrClosed)
	}
	return d.target.fail("close", d.folder.name, d.target.folders.release(d.folder))
}

func (d *Folder) lstat(ctx context.Context, name string) (fs.FileInfo, error) {
	if err := d.usable(ctx, name); err != nil {
		return nil, err
	}
	return d.folder.disk.Lstat(name)
}

// usable is called before anything is done with the name.
func (d *Folder) usable(ctx context.Context, name string) error {
	if err := context.Cause(ctx); err != nil {
		return &causeError{err}
	}
	if d.closed.Load() {
		return fs.ErrClosed
	}
	if name == "." {
		return nil // which is a directory, as will be seen
	}
	return checkPart(name)
}

// ours reports whether info is of the regular file that somebody noted as id.
func ours(info fs.FileInfo, id checkpoint.Identity) bool {
	now := statusOfInfo(info).Identity
	return info.Mode().IsRegular() && now.Inode != 0 && now.SameFile(id)
}

// unwritten reports whether info is of the file as it was when somebody noted id. The
// change time is not asked, since renaming changes it.
func unwritten(info fs.FileInfo, id checkpoint.Identity) bool {
	now := statusOfInfo(info).Identity
	return ours(info, id) && now.Size == id.Size && now.ModTime == id.ModTime
}

func (d *Folder) path(name string) string { return join(join(d.target.path, d.folder.name), name) }

func (d *Folder) fail(op, name string, err error) error { return failAt(op, d.path(name), err) }
