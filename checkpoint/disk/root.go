package disk

import (
	"errors"
	"io/fs"
	"os"
)

// Root is a real directory. Names that lead out of it are errors, even after it
// has been moved.
type Root struct {
	*os.Root
	// self is the directory itself, for what an os.Root has no call for; nil on systems
	// that have none either.
	self    *os.File
	unnamed canUnnamed
}

var _ Tree = (*Root)(nil)

// Open opens the directory path.
func Open(path string) (*Root, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return newRoot(root)
}

// newRoot takes root over.
func newRoot(root *os.Root) (*Root, error) {
	self, err := openSelf(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Root{Root: root, self: self}, nil
}

// Close closes the directory. It may be called again.
func (r *Root) Close() error {
	err := r.Root.Close()
	if r.self == nil {
		return err
	}
	closed := r.self.Close()
	if errors.Is(closed, fs.ErrClosed) {
		closed = nil
	}
	return errors.Join(err, closed)
}

// OpenFile opens the file name beneath the root.
func (r *Root) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := r.Root.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err // and not a File that holds a nil *os.File
	}
	return &file{File: f, root: r, name: name}, nil
}
