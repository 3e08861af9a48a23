//go:build !linux && !darwin && !freebsd

package disk

import (
	"errors"
	"os"
	"time"
)

// Link is unsupported: an os.Root links within itself only.
func (r *Root) Link(name string, _ Tree, as string) error {
	return &os.LinkError{Op: "link", Old: name, New: as, Err: errors.ErrUnsupported}
}

// Lchtimes is unsupported: os.Root sets the times of what a link leads to.
func (r *Root) Lchtimes(name string, _, _ time.Time) error {
	return &os.PathError{Op: "chtimes", Path: name, Err: errors.ErrUnsupported}
}
