//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package disk

import (
	"errors"
	"fmt"
	"os"
)

// TryLock has no lock here that the death of its holder would release.
func TryLock(*os.File) error {
	return fmt.Errorf("locks on this system: %w", errors.ErrUnsupported)
}

func (*Root) hold(string) (*os.File, error) { return nil, errors.ErrUnsupported }
