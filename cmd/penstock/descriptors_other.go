//go:build !unix

package main

// mostStreams is how many files may be open at once: this system has no limit
// that could be asked for.
func mostStreams() int { return 1 << 20 }
