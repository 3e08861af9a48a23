package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/penstock-go/penstock/stages/storage"
)

// DanglingLinkError says that the file that is missing is one that a symbolic
// link names; errors.Is finds fs.ErrNotExist in it.
type DanglingLinkError struct {
	Target string // as it stands in the link
}

// Error names the target.
func (e *DanglingLinkError) Error() string {
	return fmt.Sprintf("is a symbolic link to nothing (%s)", e.Target)
}

// Unwrap is fs.ErrNotExist.
func (*DanglingLinkError) Unwrap() error { return fs.ErrNotExist }

// explain turns err, from looking at path or opening it, into what is really
// the matter there. It looks a second time, by path: what it says is for people
// and decides nothing.
func explain(path string, err error) error {
	missing := errors.Is(err, fs.ErrNotExist)
	refused := errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV)
	if !missing && !refused {
		return err
	}
	info, lookErr := os.Lstat(path)
	if lookErr != nil {
		return err
	}
	link := info.Mode()&fs.ModeSymlink != 0
	if _, throughErr := os.Stat(path); link && errors.Is(throughErr, fs.ErrNotExist) {
		if target, readErr := os.Readlink(path); readErr == nil {
			return &DanglingLinkError{Target: target}
		}
	} else if link && errors.Is(throughErr, syscall.ELOOP) {
		return syscall.ELOOP
	}
	if refused && !info.Mode().IsRegular() {
		return &storage.NotRegularError{Mode: info.Mode()}
	}
	return err
}
