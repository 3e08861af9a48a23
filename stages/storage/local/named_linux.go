package local

import (
	"errors"

	"golang.org/x/sys/unix"
)

// openNamed opens what somebody named, through symbolic links.
func openNamed(path string, w want) (handle, error) { return openAt(unix.AT_FDCWD, path, w) }

func statNamed(path string) (Status, error) {
	var st unix.Stat_t
	for {
		err := unix.Stat(path, &st)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Status{}, err
		}
		return statusOf(&st), nil
	}
}
