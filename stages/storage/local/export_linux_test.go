package local

import "os"

// UseSlowWay makes r resolve names as it does where openat2 is missing.
func (r *Root) UseSlowWay() (err error) {
	r.anchor.slow, err = os.OpenRoot(r.path)
	return err
}

// OpenSwapped opens path after a look at what was seen there: another file.
func OpenSwapped(seen, path string) (*File, error) {
	s, err := statNamed(seen)
	if err != nil {
		return nil, err
	}
	h, err := openNamed(path, wantFile)
	if err != nil {
		return nil, err
	}
	return newFile(h, &s)
}

// OpenSeen opens name in the slow way after a look from before change.
func OpenSeen(dir, name string, change func()) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	before, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	change()
	return openSeen(root, name, before)
}

// EachRecord is the parser of what the kernel lists.
var EachRecord = eachRecord
