//go:build !linux

package bench

// forgetPeak does nothing: other systems keep one peak for the life of a process.
func forgetPeak() {}

// peakRSS is unknown of a single run.
func peakRSS() int64 { return 0 }
