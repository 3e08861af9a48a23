package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Make opens the directory path, having made it, and those above it that were
// missing, with these permissions less the umask. Its own name lasts then.
func Make(path string, perm fs.FileMode) (*Root, error) {
	path, err := filepath.Abs(path) // so that every one has another above it
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	if err := makeLasting(path, perm, syncReadable); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	return Open(path)
}

// makeLasting calls sync for the directory above each one that it makes, and
// above one that it finds as well: whoever made that may have been killed before
// the sync.
func makeLasting(path string, perm fs.FileMode, sync func(path string) error) error {
	err := os.Mkdir(path, perm)
	above := filepath.Dir(path)
	if errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeLasting(above, perm, sync); err != nil {
			return err
		}
		err = os.Mkdir(path, perm)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return sync(above)
}

// syncReadable passes over a directory that we may not read: what is in it was
// not made by us.
func syncReadable(path string) error {
	d, err := Open(path)
	if err == nil {
		err = errors.Join(SyncNames(d), d.Close())
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
