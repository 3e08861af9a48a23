//go:build !linux

package local

import (
	"os"
	"path/filepath"
)

// anchor is the directory that names are resolved from.
type anchor struct {
	root *os.Root
}

func openAnchor(path string) (anchor, error) {
	root, err := os.OpenRoot(path)
	return anchor{root: root}, err
}

// openAnchor opens the directory name beneath the anchor as an anchor itself.
func (a anchor) openAnchor(name string, follow bool) (anchor, error) {
	if follow {
		return openAnchor(a.path(name))
	}
	root, err := a.root.OpenRoot(name)
	return anchor{root: root}, err
}

// open opens name beneath the anchor, following nothing at its end.
func (a anchor) open(name string, w want) (handle, error) {
	f, err := openBeneath(a.root, name, w)
	return handle{f}, cause(err)
}

// follow opens name wherever its symbolic links lead. It goes by path, since no
// portable call resolves out of an os.Root.
func (a anchor) follow(name string, w want) (handle, error) { return openNamed(a.path(name), w) }

// look says what name is: the link itself where it is one.
func (a anchor) look(name string) (Status, error) {
	info, err := a.root.Lstat(name)
	if err != nil {
		return Status{}, cause(err)
	}
	return statusOf(info, func() (*os.File, error) { return a.root.Open(name) })
}

// glance is look or lookThrough.
func (a anchor) glance(name string, follow bool) (Status, error) {
	if follow {
		return a.lookThrough(name)
	}
	return a.look(name)
}

// lookThrough says what name is at the end of its symbolic links.
func (a anchor) lookThrough(name string) (Status, error) { return statNamed(a.path(name)) }

func (a anchor) readlink(name string, keep Keep) (string, Meta, error) {
	return readlinkSlow(a.root, name, keep)
}

func (a anchor) close() error { return a.root.Close() }

func (a anchor) path(name string) string { return filepath.Join(a.root.Name(), name) }

// openNamed opens what somebody named, through symbolic links.
func openNamed(path string, _ want) (handle, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblocking, 0)
	return handle{f}, cause(err)
}

func statNamed(path string) (Status, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Status{}, cause(err)
	}
	return statusOf(info, func() (*os.File, error) { return os.Open(path) })
}
