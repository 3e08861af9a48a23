package local

import (
	"errors"
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
	m, err := metaOfInfo(info, keep)
	return target, m, err
}

func metaOfInfo(info fs.FileInfo, keep Keep) (Meta, error) {
	m := Meta{Keep: keep, Mode: info.Mode() & (fs.ModePerm | special), Modified: info.ModTime()}
	var lost losses
	if !owned(info, &m) && keep&KeepOwner != 0 {
		m.Keep &^= KeepOwner
		lost.note("owner", errors.ErrUnsupported)
	}
	return m, lost.err()
}
