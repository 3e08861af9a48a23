//go:build darwin || freebsd || netbsd

package local

import (
	"io/fs"
	"syscall"
	"time"
)

// blockSize is the unit of st_blocks.
const blockSize = 512

const nonblocking = syscall.O_NONBLOCK

func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.Identity.Device, s.Identity.Inode = uint64(st.Dev), uint64(st.Ino) //nolint:gosec,unconvert // of various widths
		s.Identity.ChangeTime = st.Ctimespec.Nano()
		s.Links, s.sparse = uint64(st.Nlink), st.Blocks*blockSize < st.Size
	}
	return s
}

// opensToIdentify says whether an info lacks what identify finds.
const opensToIdentify = false

func identify(opened, *Status) error { return nil }

// owned fills in what os keeps to itself.
func owned(info fs.FileInfo, m *Meta) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok {
		m.UID, m.GID, m.Accessed = int(st.Uid), int(st.Gid), time.Unix(st.Atimespec.Unix())
	}
	return ok
}
