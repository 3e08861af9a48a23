package disk

import (
	"io/fs"
	"os"
)

// Root is a real directory. Names that lead out of it are errors, even after it
// has been moved.
type Root struct{ *os.Root }

var _ Tree = (*Root)(nil)

// Open opens the directory path.
func Open(path string) (*Root, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Root{root}, nil
}

// OpenFile opens the file name beneath the root.
func (r *Root) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := r.Root.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err // and not a File that holds a nil *os.File
	}
	return &file{File: f, root: r.Root, name: name}, nil
}
