package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/penstock-go/penstock/pipeline/retry"
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

// RetryClass is that of a file that is not there.
func (*DanglingLinkError) RetryClass() retry.Class { return retry.Gone }

var (
	// ErrLinkOnWay is of a root that follows no links; Resolve says where one leads.
	ErrLinkOnWay = errors.New("a directory on the way is a symbolic link, which is not followed")
	errWayOut    = errors.New("leads out of the directory that it is named in")
)

// explainNamed turns err, from opening path through its symbolic links, into
// what is really the matter there. Like explainBeneath it looks a second time,
// by path: what it says is for people and decides nothing.
func explainNamed(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if target, readErr := os.Readlink(path); readErr == nil {
			return &DanglingLinkError{Target: target}
		}
		return err
	}
	if info, lookErr := os.Stat(path); lookErr == nil && noFile(err) {
		return explainKind(info, err)
	}
	return err
}

// explainBeneath is explainNamed where symbolic links are refused.
func explainBeneath(path string, err error) error {
	if errors.Is(err, syscall.EXDEV) {
		return errWayOut
	}
	link := errors.Is(err, syscall.ELOOP)
	if !link && !noFile(err) {
		return err
	}
	info, lookErr := os.Lstat(path)
	switch {
	case lookErr != nil:
		return err
	case link && info.Mode()&fs.ModeSymlink == 0:
		return ErrLinkOnWay
	default:
		return explainKind(info, err)
	}
}

// noFile says that the system's error comes of the kind of what was opened: a
// socket, a device without a driver.
func noFile(err error) bool {
	return errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EOPNOTSUPP)
}

func explainKind(info fs.FileInfo, err error) error {
	if info.Mode().IsRegular() {
		return err
	}
	return &storage.NotRegularError{Mode: info.Mode()}
}
