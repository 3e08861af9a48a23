package local

import (
	"io/fs"
	"os"
)

// readlinkSlow reads a link by means that every system has.
func readlinkSlow(root *os.Root, name string, keep Keep) (string, Meta, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return "", Meta{}, err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return "", Meta{}, &WrongKindError{Mode: info.Mode(), Want: fs.ModeSymlink}
	}
	target, err := root.Readlink(name)
	if err != nil {
		return "", Meta{}, err
	}
	var lost losses
	m := metaOfInfo(info).only(keep, &lost)
	return target, m, lost.err()
}

// metaOfInfo has no owner where the info does not tell.
func metaOfInfo(info fs.FileInfo) Meta {
	m := Meta{Keep: allOfInfo, Mode: info.Mode() & (fs.ModePerm | special), Modified: info.ModTime()}
	if owned(info, &m) {
		m.Keep |= KeepOwner
	}
	return m
}
