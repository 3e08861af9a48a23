package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFilesystem waits until all that was written to the file system of f is on the
// storage.
func syncFilesystem(f *os.File) error { return unix.Syncfs(int(f.Fd())) }
