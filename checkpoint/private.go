package checkpoint

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

const (
	directoryMode = 0o700
	fileMode      = 0o600
	// othersWrite are the permissions that nobody else may have on what we trust.
	othersWrite = 0o022
)

// OpenDirectory opens the directory in which records, journals and locks live,
// and makes it, for its owner only, if it is missing. The error is [ErrOwner] where
// another user owns it, or may write to it. Close it after what was opened in it.
func OpenDirectory(ctx context.Context, path string) (*disk.Root, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	d, err := disk.Make(path, directoryMode)
	if err != nil {
		return nil, fmt.Errorf("open checkpoint directory: %w", err)
	}
	info, err := d.Lstat(".")
	if err == nil {
		err = checkPrivate(info)
	}
	if err != nil {
		_ = d.Close()
		return nil, fmt.Errorf("open checkpoint directory %s: %w; name another directory, or make this one yours: "+
			"chown it, and chmod go-w", path, err)
	}
	return d, nil
}

// checkPrivate is nil if nobody but us and root can have written what info is of.
func checkPrivate(info fs.FileInfo) error {
	owner, known := ownerOf(info)
	switch {
	case !known:
		return nil
	case owner != os.Geteuid():
		return refuse(ErrOwner, "it belongs to user %d, and we are user %d", owner, os.Geteuid())
	case info.Mode().Perm()&othersWrite != 0:
		return refuse(ErrOwner, "others may write to it, since its mode is %v", info.Mode())
	}
	return nil
}

// checkFile is checkPrivate for what has to be a regular file.
func checkFile(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return refuse(ErrCorrupt, "it is no regular file, since its mode is %v", info.Mode())
	}
	return checkPrivate(info)
}
