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

// make looks at the names before and after, since somebody may put another file in
// the place of the one that is.
func (m *move) make(is func(fs.FileInfo) bool) error {
	info, err := m.folder.disk.Lstat(m.temp)
	if err == nil && !is(info) {
		err = errTaken
	}
	if err != nil {
		return err
	}
	return m.rename(func(now fs.FileInfo) bool { return same(now, info) })
}

// rename makes the step, and finds out whether it was one of that file.
func (m *move) rename(is func(fs.FileInfo) bool) error {
	if err := m.step(); err != nil {
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

// step takes the place of nothing, or else of a regular file.
func (m *move) step() error {
	err := m.folder.disk.RenameNew(m.temp, m.name)
	if !errors.Is(err, fs.ErrExist) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if _, err := m.folder.replaced(m.name); err != nil {
		return err
	}
	return m.folder.disk.Rename(m.temp, m.name)
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
