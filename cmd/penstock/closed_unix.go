//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// stdoutClosed reports whether the process was started without a standard
// output. The runtime then puts /dev/null in its place, open for reading and
// writing, so that results would be lost without a word; a shell's >/dev/null
// is open for writing only. A daemon has /dev/null in all three places: nobody
// is there to be told, and it may have meant it.
func stdoutClosed(stdout *os.File) bool {
	return nullBothWays(int(stdout.Fd())) && !nullBothWays(unix.Stdin)
}

func nullBothWays(fd int) bool {
	var null, s unix.Stat_t
	if unix.Stat(os.DevNull, &null) != nil || unix.Fstat(fd, &s) != nil || s.Rdev != null.Rdev || s.Mode != null.Mode {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
