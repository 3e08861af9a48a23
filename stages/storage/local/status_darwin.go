package local

import (
	"io/fs"
	"syscall"
)

const nonblocking = syscall.O_NONBLOCK

func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.Identity.Device, s.Identity.Inode = uint64(st.Dev), st.Ino //nolint:gosec // a device number is bits
		s.Identity.ChangeTime = st.Ctimespec.Nano()
	}
	return s
}
