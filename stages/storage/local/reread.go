package local

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// Reading is where the bytes come from that are read back.
type Reading int

const (
	// FromMedium is what a power cut would leave: the file's pages are dropped from
	// the cache first.
	FromMedium Reading = iota
	// FromCache is whatever the system shows.
	FromCache
)

// ErrCached is what errors.Is finds in the error of Reread where the system, or the
// file system, does not let go of what it has in its cache. What is read FromCache
// says then what was written, and not what arrived.
var ErrCached = errors.New("cannot be read from the medium")

// Reread opens a file of the folder that was published, or left: Path is its name
// there. The error is a [storage.ChangedError] where it is another one, or was written
// to since; the change time is not asked, since renaming changes it. FromMedium
// takes a file that was synced. Close it.
func (d *Folder) Reread(ctx context.Context, file checkpoint.File, from Reading) (*File, error) {
	if err := d.usable(ctx, file.Path); err != nil {
		return nil, d.fail("open", file.Path, err)
	}
	f, err := d.reopen(file)
	if err != nil {
		return nil, d.fail("open", file.Path, err)
	}
	f.root, f.name, f.copied = d.Path(), file.Path, true
	if from == FromMedium {
		err = f.handle.evict(0, 0)
	}
	if err != nil {
		return nil, d.fail("open", file.Path, fmt.Errorf("%w: %w", ErrCached, both(err, f.handle.close())))
	}
	return f, nil
}

func (d *Folder) reopen(file checkpoint.File) (*File, error) {
	f, err := d.openAgain(file.Path)
	if err != nil {
		return nil, err
	}
	now := f.opened
	now.ChangeTime = file.Identity.ChangeTime
	if file.Identity.Inode == 0 { // sinks of this system do not know theirs
		now.Device, now.Inode = 0, 0
	}
	if now != file.Identity {
		return nil, both(&storage.ChangedError{Before: file.Identity, After: f.opened, Read: f.opened.Size}, f.handle.close())
	}
	return f, nil
}

// openAgain opens a regular file of the folder that somebody wrote to, or writes to.
func (d *Folder) openAgain(name string) (*File, error) {
	info, err := d.folder.disk.Lstat(name)
	if err != nil {
		return nil, err
	}
	seen := statusOfInfo(info)
	if err := regular(seen); err != nil {
		return nil, err
	}
	opened, err := d.folder.disk.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, err
	}
	h, err := handleOf(opened)
	if err != nil {
		return nil, err
	}
	return newFile(h, seen.ifKnown())
}
