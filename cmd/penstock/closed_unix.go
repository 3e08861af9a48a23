//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// nowhere reports whether the process was probably started without this one of
// its three files. The runtime then puts /dev/null in its place, open both ways,
// where a shell's </dev/null and >/dev/null are open one way. So are those of
// some programs that start others (Python's DEVNULL, Node's ignore): for what
// they throw away, that must be no error; that they have us read it would be
// strange. A daemon has it in all three places.
func nowhere(f *os.File) bool {
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
