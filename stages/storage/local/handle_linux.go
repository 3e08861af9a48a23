package local

import (
	"errors"

	"golang.org/x/sys/unix"
)

// handle is a bare descriptor. An *os.File would ask the poller to watch each
// file that it opens, which a regular file refuses: four fcntl and an epoll_ctl
// a file, more calls than the reading takes.
type handle int

func (h handle) status() (Status, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstat(int(h), &st)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Status{}, err
		}
		return statusOf(&st), nil
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

// close is called once: after EINTR the descriptor is gone too.
func (h handle) close() error {
	if err := unix.Close(int(h)); err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	return nil
}
