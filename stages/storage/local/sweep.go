package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// sweepBatch is how many names are looked at together.
const sweepBatch = 256

// Sweep removes the unfinished files and links in the folder that an earlier process
// of the target's owner has left there, but for those that keep says are still good.
// No other process with the same owner may be at work. Without an owner it does
// nothing.
func (d *Folder) Sweep(ctx context.Context, keep func(name string) bool) error {
	if d.target.owner == "" {
		return nil
	}
	err := d.usable(ctx, ".")
	if err == nil {
		err = d.sweep(func(in disk.Directory, name string) error {
			if keep(name) {
				return nil
			}
			return removeLeft(in, name)
		})
	}
	if err != nil {
		return d.fail("sweep", ".", err)
	}
	return nil
}

// sweep calls remove with each unfinished file that an earlier process has left.
func (d *Folder) sweep(remove func(in disk.Directory, name string) error) error {
	f, err := d.folder.disk.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	var names []string // few; none is removed while they are being listed
	for err == nil {
		var entries []fs.DirEntry
		entries, err = f.ReadDir(sweepBatch)
		for _, e := range entries {
			if n := e.Name(); d.target.left(n) {
				names = append(names, n)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err = both(err, f.Close()); err != nil {
		return err
	}
	for _, n := range names {
		if err := remove(d.folder.disk, n); err != nil {
			return err
		}
	}
	if len(names) > 0 {
		d.folder.names.touch()
	}
	return nil
}

// left reports whether the name is of an unfinished file that another process of the
// owner has made.
func (t *Target) left(name string) bool {
	return strings.HasPrefix(name, t.ownerPrefix()) && strings.HasSuffix(name, tempSuffix) &&
		!strings.HasPrefix(name, t.ownPrefix())
}

// removeLeft leaves alone what is no file and no link, whoever made it.
func removeLeft(d disk.Directory, name string) error {
	info, err := d.Lstat(name)
	if err == nil && (info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0) {
		err = d.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
