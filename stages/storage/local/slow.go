package local

import (
	"errors"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/stages/storage"
)

// want is what a name is opened for.
type want int

const (
	wantFile want = iota
	wantDirectory
	wantLook // its status only
)

// openBeneath opens name in root by means that every system has. os.Root does
// not honour O_NOFOLLOW for links that stay inside it, so the last name is
// looked at before and compared after.
func openBeneath(root *os.Root, name string, w want) (*os.File, error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if before.IsDir() != (w == wantDirectory) || before.Mode()&fs.ModeSymlink != 0 {
		return nil, &storage.NotRegularError{Mode: before.Mode()}
	}
	return openSeen(root, name, before)
}

// openSeen opens name, and insists that it is what was seen before.
func openSeen(root *os.Root, name string, before fs.FileInfo) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errSwapped
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// cause is err without the path that the os package put around it, since ours
// names the file by the path that the user knows.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// both is two errors, each as cause gives it, which finds only the first of several.
func both(first, second error) error {
	if second == nil {
		return cause(first)
	}
	return errors.Join(cause(first), cause(second))
}
