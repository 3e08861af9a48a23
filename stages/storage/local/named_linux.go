package local

import (
	"errors"

	"golang.org/x/sys/unix"
)

// openNamed opens what somebody named, through symbolic links.
func openNamed(path string, w want) (handle, error) { return openAt(unix.AT_FDCWD, path, w) }

func statNamed(path string) (Status, error) { return statAt(unix.AT_FDCWD, path, 0) }

func statAt(dir int, name string, flags int) (Status, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstatat(dir, name, &st, flags)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Status{}, err
		}
		return statusOf(&st), nil
	}
}
