//go:build unix

package main

import "golang.org/x/sys/unix"

// otherDescriptors is how many a command has open beside the files at work: its
// three streams, the output, the walk's directories.
const otherDescriptors = 48

// mostStreams is how many files may be open at once, so that a small ulimit -n
// makes a command slower and fails no file. Go has raised the soft limit to the
// hard one.
func mostStreams() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Cur > 1<<20 {
		return 1 << 20
	}
	return max(1, int(limit.Cur)-otherDescriptors)
}
