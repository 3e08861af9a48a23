package local

import (
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// longestTarget is more than any file system keeps in a link: PATH_MAX.
const longestTarget = 4 << 10

// look is one fstat, which says all but the attributes.
func (h handle) look() (Status, Meta, error) {
	st, err := h.stat()
	if err != nil {
		return Status{}, Meta{}, err
	}
	return statusOf(&st), metaOf(&st), nil
}

var specialBits = [...]struct {
	bit  uint32
	mode fs.FileMode
}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}}

func metaOf(st *unix.Stat_t) Meta {
	m := Meta{Keep: allOfInfo | KeepOwner, UID: int(st.Uid), GID: int(st.Gid)}
	m.Mode = fs.FileMode(st.Mode & 0o777)
	for _, b := range specialBits {
		if st.Mode&b.bit != 0 {
			m.Mode |= b.mode
		}
	}
	m.Accessed, m.Modified = time.Unix(st.Atim.Unix()), time.Unix(st.Mtim.Unix())
	return m
}

func (a anchor) readlink(name string, keep Keep) (string, Meta, error) {
	if a.slow != nil {
		return readlinkSlow(a.slow, name, keep)
	}
	h, err := a.open(name, wantLook)
	if err != nil {
		return "", Meta{}, err
	}
	defer func() { _ = h.close() }()
	st, err := h.stat()
	if err != nil {
		return "", Meta{}, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", Meta{}, &WrongKindError{Mode: modeOf(st.Mode), Want: fs.ModeSymlink}
	}
	target := make([]byte, longestTarget)
	n, err := unix.Readlinkat(int(h), "", target)
	if err != nil {
		return "", Meta{}, err
	}
	m := metaOf(&st)
	m.Keep = keep
	return string(target[:n]), m, nil
}

// owned fills in what os keeps to itself.
func owned(info fs.FileInfo, m *Meta) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok {
		m.UID, m.GID, m.Accessed = int(st.Uid), int(st.Gid), time.Unix(st.Atim.Unix())
	}
	return ok
}
