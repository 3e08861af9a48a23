//go:build linux || darwin

package local

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// attributes are those of an open file or directory. A file system without them has
// none to lose.
func attributes(fd int, lost *losses) []Attribute {
	names, err := grow(func(p []byte) (int, error) { return unix.Flistxattr(fd, p) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	lost.note("attributes", err)
	var found []Attribute
	for name := range bytes.SplitSeq(names, []byte{0}) {
		if len(name) == 0 {
			continue // behind the last
		}
		a := Attribute{Name: string(name)}
		a.Value, err = grow(func(p []byte) (int, error) { return unix.Fgetxattr(fd, a.Name, p) })
		if errors.Is(err, errNoAttribute) {
			continue // it was taken away meanwhile
		}
		if lost.note("attribute "+a.Name, err) {
			found = append(found, a)
		}
	}
	return found
}

// grow calls read with more and more room, until it has enough.
func grow(read func([]byte) (int, error)) ([]byte, error) {
	for size := 256; ; size *= 4 {
		p := make([]byte, size)
		n, err := read(p)
		if err == nil {
			return p[:n], nil
		}
		if !errors.Is(err, unix.ERANGE) || size > largestAttribute {
			return nil, err
		}
	}
}

// largestAttribute is what Linux takes, for a value and for a list of names:
// XATTR_SIZE_MAX.
const largestAttribute = 64 << 10
