// Package corpus makes files to measure with that take no room: one sparse file with
// [Sparse], and any number of names with [Names].
package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Sparse makes a file of so many bytes, none of which is on the storage.
func Sparse(path string, bytes int64) error {
	return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, bytes))
}

// perDirectory is how many names a directory has, which is fewer than a file may have
// links.
const perDirectory = 1000

// Names makes n files below root, a thousand to a directory, all of one file of 3,000
// bytes in each: a walk and a reader cannot tell.
func Names(root string, n int) error {
	var first string
	for i := range n {
		path := filepath.Join(root, fmt.Sprintf("dir-%04d", i/perDirectory), fmt.Sprintf("file-%07d", i))
		var err error
		if i%perDirectory == 0 {
			first = path
			err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, make([]byte, 3000), 0o600))
		} else {
			err = os.Link(first, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
