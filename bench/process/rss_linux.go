package process

import (
	"os"
	"syscall"
)

// peakRSS is the most memory that a finished process held, bytes.
func peakRSS(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10 // Linux counts in KiB
	}
	return 0
}
