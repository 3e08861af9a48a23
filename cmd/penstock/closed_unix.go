//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// closedAtStart reports whether the process was started without this one of its
// three files. The runtime then puts /dev/null in its place, open for reading
// and writing, so that an input would seem empty and results would be lost
// without a word; a shell's </dev/null and >/dev/null are open one way only. A
// daemon has /dev/null both ways in all three places, and may have meant it.
func closedAtStart(f *os.File) bool {
	daemon := nullBothWays(unix.Stdin) && nullBothWays(unix.Stdout) && nullBothWays(unix.Stderr)
	return !daemon && nullBothWays(int(f.Fd()))
}

func nullBothWays(fd int) bool {
	var null, s unix.Stat_t
	if unix.Stat(os.DevNull, &null) != nil || unix.Fstat(fd, &s) != nil || s.Rdev != null.Rdev || s.Mode != null.Mode {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
