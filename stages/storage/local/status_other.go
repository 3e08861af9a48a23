//go:build !linux && !darwin && !freebsd && !netbsd && !windows

package local

import (
	"io/fs"
)

const nonblocking = 0

// statusOfInfo has no inode, device or change time on these systems; what was
// swapped is found by os.SameFile alone.
func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	return s
}

// opensToIdentify says whether an info lacks what identify finds.
const opensToIdentify = false

func identify(opened, *Status) error { return nil }

// owned has nothing to fill in: there is no user and no group.
func owned(fs.FileInfo, *Meta) bool { return false }
