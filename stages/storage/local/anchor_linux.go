package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// beneath is how a name is resolved under an anchor: no way out, and no
// symbolic link anywhere on it.
const beneath = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

// flags hold O_NONBLOCK so that a FIFO or a device that was put there since the
// look cannot keep us, and O_NOCTTY so that a terminal does not become ours.
func (w want) flags() int {
	switch w {
	case wantDirectory:
		return unix.O_RDONLY | unix.O_CLOEXEC | unix.O_DIRECTORY
	case wantLook:
		return unix.O_PATH | unix.O_CLOEXEC
	default:
		return unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	}
}

// anchor is the directory that names are resolved from.
type anchor struct {
	dir handle
	// slow resolves names where openat2 cannot; otherwise it is nil.
	slow *os.Root
}

func openAnchor(path string) (anchor, error) {
	dir, err := openNamed(path, wantDirectory)
	if err != nil {
		return anchor{}, err
	}
	a := anchor{dir: dir}
	probe, err := a.open(".", wantLook)
	switch {
	case err == nil:
		return a, probe.close()
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		a.slow, err = os.OpenRoot(path)
	}
	if err != nil {
		_ = dir.close()
		return anchor{}, err
	}
	return a, nil
}

// openAnchor opens the directory name beneath the anchor as an anchor itself.
func (a anchor) openAnchor(name string, follow bool) (anchor, error) {
	if follow {
		dir, err := a.follow(name, wantDirectory)
		return anchor{dir: dir}, err
	}
	dir, err := a.open(name, wantDirectory)
	if err != nil || a.slow == nil {
		return anchor{dir: dir}, err
	}
	slow, err := a.slow.OpenRoot(name)
	if err != nil {
		_ = dir.close()
	}
	return anchor{dir: dir, slow: slow}, err
}

func openAt(dir int, name string, w want) (handle, error) {
	for {
		fd, err := unix.Openat(dir, name, w.flags(), 0)
		if !errors.Is(err, unix.EINTR) {
			return handle(fd), err
		}
	}
}

// open opens name beneath the anchor, following nothing.
func (a anchor) open(name string, w want) (handle, error) {
	if a.slow != nil {
		return a.openSlow(name, w)
	}
	how := unix.OpenHow{Flags: uint64(w.flags()) | unix.O_NOFOLLOW, Resolve: beneath} //nolint:gosec // flags are bits
	for {
		fd, err := unix.Openat2(int(a.dir), name, &how)
		if !errors.Is(err, unix.EINTR) {
			return handle(fd), err
		}
	}
}

// follow opens name wherever its symbolic links lead.
func (a anchor) follow(name string, w want) (handle, error) { return openAt(int(a.dir), name, w) }

// look says what name is: the link itself where it is one.
func (a anchor) look(name string) (Status, error) {
	if a.slow != nil {
		info, err := a.slow.Lstat(name)
		if err != nil {
			return Status{}, err
		}
		return statusOfInfo(info), nil
	}
	h, err := a.open(name, wantLook)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = h.close() }()
	return h.status()
}

// glance is look or lookThrough in one call instead of three. A link that is put
// on the way meanwhile can lead it astray, but not the open that comes next.
func (a anchor) glance(name string, follow bool) (Status, error) {
	if follow {
		return statAt(int(a.dir), name, 0)
	}
	return statAt(int(a.dir), name, unix.AT_SYMLINK_NOFOLLOW)
}

// lookThrough says what name is at the end of its symbolic links.
func (a anchor) lookThrough(name string) (Status, error) {
	h, err := a.follow(name, wantLook)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = h.close() }()
	return h.status()
}

func (a anchor) close() error {
	if a.slow != nil {
		return errors.Join(a.slow.Close(), a.dir.close())
	}
	return a.dir.close()
}
