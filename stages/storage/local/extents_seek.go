//go:build linux || darwin || freebsd

package local

import (
	"errors"
	"math"

	"golang.org/x/sys/unix"
)

// nextData moves the descriptor's own offset, which nobody reads from. Behind the
// last data, data is the end of all files.
func (h handle) nextData(offset int64) (data, after int64, err error) {
	data, err = h.seek(offset, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return math.MaxInt64, math.MaxInt64, nil
	}
	if err == nil {
		after, err = h.seek(data, unix.SEEK_HOLE)
	}
	if errors.Is(err, unix.ENXIO) { // it was cut meanwhile
		return math.MaxInt64, math.MaxInt64, nil
	}
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = errors.ErrUnsupported
	}
	return data, after, err
}

func (h handle) seek(offset int64, whence int) (int64, error) {
	return unix.Seek(h.fd(), offset, whence)
}
