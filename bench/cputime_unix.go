//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpuTime is how long this process has been on a core.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
