package bench

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Evict drops a regular file's pages from the page cache, which takes no privilege, so
// that the next reading comes from the storage. Pages that were written and are not on
// the storage yet are brought there first. The error is [ErrCached] where pages stay:
// those that another process has mapped, and all of tmpfs.
func Evict(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO does not hang it
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return cmp.Or(err, error(&fs.PathError{Op: "evict", Path: path, Err: errors.New("not a regular file")}))
	}
	left, err := evict(f)
	if err == nil && left > 0 {
		if err = f.Sync(); err == nil {
			left, err = evict(f)
		}
	}
	if err == nil && left > 0 {
		err = fmt.Errorf("%w (%d)", ErrCached, left)
	}
	if err != nil {
		return &fs.PathError{Op: "evict", Path: path, Err: err}
	}
	return nil
}

// evict drops what may be dropped, and returns how many pages are left.
func evict(f *os.File) (left uint64, err error) {
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return 0, err
	}
	var cached unix.Cachestat_t
	err = unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{}, &cached, 0)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPERM) {
		return 0, nil // before Linux 6.5 nobody can tell
	}
	return cached.Cache, err
}
