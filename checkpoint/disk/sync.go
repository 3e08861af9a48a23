package disk

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// SyncNames makes the names in d last: what was created, renamed and removed
// before. Without it a renamed file can come back under its temporary name after
// a power cut. After an error it must not be called again, any more than Sync of
// a file.
func SyncNames(d Opener) error {
	if runtime.GOOS == "windows" {
		return nil // NTFS logs names, and has no call to flush a directory
	}
	return with(d, func(f File) error {
		err := f.Sync()
		if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
			err = nil // a file system that keeps no directories on a medium
		}
		return err
	})
}

// SyncFilesystem is SyncNames of d and of every other directory of its file system
// at once. It is errors.ErrUnsupported, and nothing has happened, where the system
// cannot do so and tell of every failure.
func SyncFilesystem(d Opener) error {
	return with(d, func(f File) error {
		all, ok := f.(FilesystemSyncer)
		if !ok {
			return errors.ErrUnsupported
		}
		return all.SyncFilesystem()
	})
}

// with calls do with d itself, open.
func with(d Opener, do func(File) error) error {
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}
