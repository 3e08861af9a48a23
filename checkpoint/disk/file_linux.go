package disk

import (
	"errors"
	"io/fs"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const omit = unix.UTIME_OMIT

// SetTimes goes by the descriptor, so that no other file of that name is meant.
func (f *file) SetTimes(accessed, modified time.Time) error {
	times, err := timespecs(accessed, modified)
	if err == nil {
		err = control(f.File, func(fd int) error { return setTimes(fd, times) })
	}
	return f.fail("chtimes", err)
}

func setTimes(fd int, times []unix.Timespec) error {
	for {
		err := unix.UtimesNanoAt(fd, "", times, unix.AT_EMPTY_PATH)
		if errors.Is(err, unix.EINVAL) { // before Linux 5.8
			err = unix.UtimesNanoAt(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), times, 0)
		}
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// SetAttribute sets an extended attribute.
func (f *file) SetAttribute(name string, value []byte) error {
	return f.fail("setxattr", control(f.File, func(fd int) error { return unix.Fsetxattr(fd, name, value, 0) }))
}

func (f *file) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}
