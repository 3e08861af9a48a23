package disk

import (
	"errors"
	"io/fs"
	"os"
)

// ErrHeld is what [Hold] and [TryLock] return where somebody else holds the file.
var ErrHeld = errors.New("disk: held by another")

// Held is an unfinished file that [RemoveAbandoned] leaves alone. The zero value is
// none.
type Held struct{ file *os.File }

// Hold holds the unfinished file name until Release, or until the process dies, however
// it does. It opens the file once more, so that whoever writes it may close it before
// it gets its final name.
//
// The error is [ErrHeld] or fs.ErrNotExist where the file has been taken away since it
// was made, or is about to be: make another, under another name. After any other error,
// as where there are no such locks, nobody holds the file and nobody takes it away.
func Hold(d Directory, name string) (Held, error) {
	root, ok := d.(*Root)
	if !ok {
		return Held{}, &fs.PathError{Op: "hold", Path: name, Err: errors.ErrUnsupported}
	}
	f, err := root.hold(name)
	return Held{f}, err
}

// Release lets go of the file.
func (h Held) Release() {
	if h.file != nil {
		_ = h.file.Close() // nothing was written by it
	}
}

// Taken reports whether an error of [Hold] says that another file has to be made.
func Taken(err error) bool { return errors.Is(err, ErrHeld) || errors.Is(err, fs.ErrNotExist) }

// RemoveAbandoned removes the unfinished file name, unless somebody holds it or it is
// gone. Where that cannot be told it stays, and the error is that of [Hold].
func RemoveAbandoned(d Directory, name string) error {
	held, err := Hold(d, name)
	if Taken(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer held.Release()
	if err := d.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
