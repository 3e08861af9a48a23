package local

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/stages/storage"
)

// move is the step from the temporary name to the final one.
type move struct {
	folder     *folder
	temp, name string
	placed     bool // it happened, whatever went wrong after it
	final      checkpoint.Identity
}

// make is rename, with nothing done where the temporary name is another file's.
func (m *move) make(is func(fs.FileInfo) bool) error {
	if err := m.look(is); err != nil {
		return err
	}
	return m.rename(is)
}

// rename makes the step, and finds out whether it was one of the file that is says:
// somebody may have put another in its place. Such a one may get a new name, and never
// that of a file that was there.
func (m *move) rename(is func(fs.FileInfo) bool) error {
	if err := m.step(is); err != nil {
		return err
	}
	m.placed = true
	m.folder.names.owe()
	now, err := m.folder.disk.Lstat(m.name)
	if err == nil && !is(now) {
		err = errTaken
	}
	if err != nil {
		return fmt.Errorf("the file is in place, but cannot be found there: %w", cause(err))
	}
	m.final = statusOfInfo(now).Identity
	return nil
}

// step takes the place of nothing, or else that of a regular file, which only the file
// itself may take.
func (m *move) step(is func(fs.FileInfo) bool) error {
	err := errors.ErrUnsupported
	if d, ok := m.folder.disk.(disk.NewRenamer); ok {
		err = d.RenameNew(m.temp, m.name)
	}
	if !errors.Is(err, fs.ErrExist) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if _, err := m.folder.replaced(m.name); err != nil {
		return err
	}
	if err := m.look(is); err != nil {
		return err
	}
	return m.folder.disk.Rename(m.temp, m.name)
}

// look is errTaken where the temporary name is another file's.
func (m *move) look(is func(fs.FileInfo) bool) error {
	info, err := m.folder.disk.Lstat(m.temp)
	if err == nil && !is(info) {
		err = errTaken
	}
	return err
}

// replaced is the regular file that has the name, or nil.
func (f *folder) replaced(name string) (fs.FileInfo, error) {
	old, err := f.disk.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !old.Mode().IsRegular():
		return nil, &storage.NotRegularError{Mode: old.Mode()}
	}
	return old, nil
}
