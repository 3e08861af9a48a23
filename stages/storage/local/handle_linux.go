package local

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// handle is a bare descriptor. An *os.File would ask the poller to watch each
// file that it opens, which a regular file refuses: four fcntl and an epoll_ctl
// a file, more calls than the reading takes.
type handle int

func (h handle) fd() int { return int(h) }

func (h handle) status() (Status, error) {
	st, err := h.stat()
	if err != nil {
		return Status{}, err
	}
	return statusOf(&st), nil
}

func (h handle) stat() (st unix.Stat_t, err error) {
	for {
		err := unix.Fstat(int(h), &st)
		if !errors.Is(err, unix.EINTR) {
			return st, err
		}
	}
}

// readAt is one read; 0 bytes without an error are the end.
func (h handle) readAt(p []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(int(h), p, offset)
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return 0, err
		}
	}
}

func (h handle) adviseSequential() error {
	return unix.Fadvise(int(h), 0, 0, unix.FADV_SEQUENTIAL)
}

func (h handle) dropBehind(offset, n int64) error {
	return unix.Fadvise(int(h), offset, n, unix.FADV_DONTNEED)
}

// handleOf takes f over.
func handleOf(f disk.File) (handle, error) {
	numbered, ok := f.(interface{ Fd() uintptr })
	if !ok {
		return -1, both(errors.ErrUnsupported, f.Close())
	}
	fd, err := unix.FcntlInt(numbered.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err = both(err, f.Close()); err != nil && fd >= 0 {
		_ = handle(fd).close()
	}
	return handle(fd), err
}

// evict drops the pages of n bytes from offset from the cache, and is an error where
// some are there after it: dirty ones, those that another process has mapped, and all
// of tmpfs. Where n is 0 that is to the end of the file.
func (h handle) evict(offset, n int64) error {
	if err := unix.Fadvise(int(h), offset, n, unix.FADV_DONTNEED); err != nil {
		return err
	}
	var left unix.Cachestat_t
	r := unix.CachestatRange{Off: uint64(offset), Len: uint64(n)} //nolint:gosec // neither is negative
	err := unix.Cachestat(uint(h), &r, &left, 0)
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EPERM):
		return nil // before Linux 6.5 nobody can tell
	case err == nil && left.Cache > 0:
		return fmt.Errorf("%d pages of it stay in the cache", left.Cache)
	}
	return err
}

// close is called once: after EINTR the descriptor is gone too.
func (h handle) close() error {
	if err := unix.Close(int(h)); err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	return nil
}
