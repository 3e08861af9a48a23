//go:build !linux && !darwin && !freebsd && !netbsd

package disktest

// sys is nothing, as for code that knows no inodes.
func (i info) sys() any { return nil }
