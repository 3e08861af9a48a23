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

// make takes the place of nothing or of a regular file. Somebody may put another file in
// the place of the one that is says, so it looks for that before and after.
func (m *move) make(is func(fs.FileInfo) bool) error {
	if _, err := m.look(m.temp, is); err != nil {
		return err
	}
	if err := m.step(); err != nil {
		return err
	}
	m.placed = true
	m.folder.names.owe()
	now, err := m.look(m.name, is)
	if err != nil {
		return fmt.Errorf("the file is in place, but cannot be found there: %w", cause(err))
	}
	m.final = statusOfInfo(now).Identity
	return nil
}

// step takes the name that something has come to meanwhile only after another look.
func (m *move) step() error {
	old, err := m.folder.replaced(m.name)
	if err != nil {
		return err
	}
	if d, ok := m.folder.disk.(disk.NewRenamer); ok && old == nil {
		err := d.RenameNew(m.temp, m.name)
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if _, err := m.folder.replaced(m.name); err != nil {
			return err
		}
	}
	return m.folder.disk.Rename(m.temp, m.name)
}

// look is errTaken where the name is another file's.
func (m *move) look(name string, is func(fs.FileInfo) bool) (fs.FileInfo, error) {
	info, err := m.folder.disk.Lstat(name)
	if err == nil && !is(info) {
		err = errTaken
	}
	return info, err
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
