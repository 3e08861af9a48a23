//go:build !linux

package bench

import (
	"errors"
	"fmt"
	"io/fs"
)

// Evict cannot drop anything on this system: the error is [ErrCached].
func Evict(path string) error {
	return &fs.PathError{Op: "evict", Path: path, Err: fmt.Errorf("%w: %w", ErrCached, errors.ErrUnsupported)}
}
