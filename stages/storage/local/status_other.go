//go:build !linux && !darwin

package local

import "io/fs"

// nonblocking is nothing here: no file of these systems waits to be opened.
const nonblocking = 0

// statusOfInfo has no inode, device or change time on these systems; what was
// swapped is found by os.SameFile alone.
func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	return s
}
