package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte is far behind what a file holds, since others cannot read what is locked.
const lockedByte = 1 << 30

// TryLock locks one byte of the open file, until that is closed.
func TryLock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: lockedByte})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrHeld
	}
	return os.NewSyscallError("LockFileEx", err)
}

// hold does not: a file that is open once more cannot be renamed here.
func (*Root) hold(string) (*os.File, error) { return nil, errors.ErrUnsupported }
