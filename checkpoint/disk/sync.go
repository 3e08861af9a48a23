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
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system that keeps no directories on a medium
	}
	return errors.Join(err, f.Close())
}
