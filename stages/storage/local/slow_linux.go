package local

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

const nonblocking = unix.O_NONBLOCK

// openSlow is open where the kernel has no openat2 for us.
func (a anchor) openSlow(name string, w want) (handle, error) {
	f, err := openBeneath(a.slow, name, w)
	if err != nil {
		return -1, cause(err)
	}
	defer func() { _ = f.Close() }()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	return handle(fd), err
}

func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.Identity.Device, s.Identity.Inode = uint64(st.Dev), st.Ino //nolint:unconvert // 32 bits wide on mips
		s.Identity.ChangeTime = st.Ctim.Nano()
		s.Links = uint64(st.Nlink) //nolint:unconvert // 32 bits wide on arm
	}
	return s
}
