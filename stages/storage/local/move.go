package local

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
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
	if _, err := m.folder.replaced(m.name); err != nil {
		return err
	}
	if err := m.folder.disk.Rename(m.temp, m.name); err != nil {
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
