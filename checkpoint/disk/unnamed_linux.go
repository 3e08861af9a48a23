package disk

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// canUnnamed is whether files without a name can be made in a directory, once it was asked.
type canUnnamed struct {
	once sync.Once
	can  bool // good after once
}

var (
	_ UnnamedCreator = (*Root)(nil)
	_ UnnamedFile    = (*unnamedFile)(nil)
)

// unnamedFile is what CreateUnnamed opens.
type unnamedFile struct{ file }

// noName stands for the name of a file that has none, in errors.
const noName = "unnamed"

// CreateUnnamed is O_TMPFILE, on file systems that have it, and a SyncFilesystem with it.
func (r *Root) CreateUnnamed(perm fs.FileMode) (UnnamedFile, error) {
	r.unnamed.once.Do(func() { r.unnamed.can = r.hasUnnamed() })
	if !r.unnamed.can {
		return nil, &fs.PathError{Op: "openat", Path: noName, Err: errors.ErrUnsupported}
	}
	var fd int
	err := r.at(func(dir int) (err error) {
		fd, err = unix.Openat(dir, ".", unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, uint32(perm.Perm()))
		return err
	})
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL) { // kernels, and those that stand in for one, that do not know it
		err = errors.ErrUnsupported
	}
	if err != nil {
		return nil, &fs.PathError{Op: "openat", Path: noName, Err: err}
	}
	return &unnamedFile{file{File: os.NewFile(uintptr(fd), noName), root: r, name: noName}}, nil
}

// hasUnnamed asks for /proc too, which LinkAs may need.
func (r *Root) hasUnnamed() (has bool) {
	err := r.at(func(dir int) (err error) {
		has, err = onKnown(dir)
		return err
	})
	return err == nil && has && syncfsTells() && unix.Access(ownDescriptors, unix.X_OK) == nil
}

const ownDescriptors = "/proc/self/fd/"

// LinkAs is one linkat.
func (f *unnamedFile) LinkAs(name string) error {
	err := step("link", name, func() error {
		return f.root.at(func(dir int) error {
			return control(f.File, func(fd int) error { return linkUnnamed(fd, dir, name) })
		}, name)
	})
	if err != nil {
		return &os.LinkError{Op: "linkat", Old: noName, New: name, Err: err}
	}
	return nil
}

// linkDenied is set where linking by descriptor is for the superuser, as it was before
// Linux 6.10.
var linkDenied atomic.Bool

func linkUnnamed(fd, dir int, name string) error {
	if linkDenied.Load() {
		return linkByProc(fd, dir, name)
	}
	err := unix.Linkat(fd, "", dir, name, unix.AT_EMPTY_PATH)
	if errors.Is(err, unix.ENOENT) {
		if err = linkByProc(fd, dir, name); err == nil {
			linkDenied.Store(true)
		}
	}
	return err
}

func linkByProc(fd, dir int, name string) error {
	return unix.Linkat(unix.AT_FDCWD, ownDescriptors+strconv.Itoa(fd), dir, name, unix.AT_SYMLINK_FOLLOW)
}
