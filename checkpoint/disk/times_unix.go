//go:build linux || darwin || freebsd

package disk

import (
	"time"

	"golang.org/x/sys/unix"
)

// timespecs leaves out what is zero.
func timespecs(accessed, modified time.Time) ([]unix.Timespec, error) {
	times := make([]unix.Timespec, 2)
	for i, t := range []time.Time{accessed, modified} {
		if t.IsZero() {
			times[i].Nsec = omit
			continue
		}
		var err error
		if times[i], err = unix.TimeToTimespec(t); err != nil {
			return nil, err
		}
	}
	return times, nil
}
