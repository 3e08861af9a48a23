//go:build race

package main

// defaultMemory has room for the race detector, which takes several times the memory
// of everything: a process that is above its ceiling by itself does one file at a time.
const defaultMemory = 400 << 20
