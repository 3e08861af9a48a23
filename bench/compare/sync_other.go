//go:build !linux

package main

import "os"

// syncFilesystem does nothing: other systems sync single files only.
func syncFilesystem(*os.File) error { return nil }
