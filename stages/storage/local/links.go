package local

import (
	"context"
	"errors"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
)

// Symlink puts a symbolic link to target under name, new or in place of another one,
// which has the name until then. Anything else there is a [WrongKindError]. target is
// not looked at. Of m it takes the owner and the times; what could not be set is a
// [LostError], and the link is there. It lasts after SyncNames of its folder.
func (t *Target) Symlink(ctx context.Context, name, target string, m Meta) error {
	return t.change(ctx, "symlink", name, func(f *folder, base string) error {
		if err := f.expect(base, fs.ModeSymlink); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		temp := t.tempName()
		if err := f.tree().Symlink(target, temp); err != nil {
			_ = f.disk.Remove(temp) // as in makeTemp
			return err
		}
		lost := f.preserveLink(temp, &m)
		if err := f.disk.Rename(temp, base); err != nil {
			return both(err, f.disk.Remove(temp))
		}
		return lost
	})
}

func (f *folder) preserveLink(name string, m *Meta) error {
	var lost losses
	if m.Keep&KeepOwner != 0 {
		lost.note("owner", f.tree().Lchown(name, m.UID, m.GID))
	}
	if m.Keep&KeepTimes != 0 {
		lost.note("times", f.tree().Lchtimes(name, m.Accessed, m.Modified))
	}
	return lost.err()
}

// Link gives a file of the target another name: a hard link, new or in place of a
// regular file, which has the name until then. The error is storage.ErrChanged where
// existing is not the file any more that its identity says. It lasts after SyncNames
// of the folder of name.
func (t *Target) Link(ctx context.Context, existing checkpoint.File, name string) error {
	return t.change(ctx, "link", name, func(into *folder, base string) error {
		from, old, err := t.above(ctx, existing.Path)
		if err != nil {
			return err
		}
		l := link{from: from, old: old, id: existing.Identity, into: into, name: base, temp: t.tempName()}
		err = l.make()
		if owes, lost := from.names.owesLink(); owes { // the other name is as new to the medium
			into.names.oweLink()
			if lost != nil {
				into.names.lose(lost)
			}
		}
		return both(err, t.folders.release(from))
	})
}

// link is a hard link that is to be made.
type link struct {
	from *folder
	old  string
	id   checkpoint.Identity
	into *folder
	name string
	temp string // in into
}

func (l *link) make() error {
	if err := l.leads(l.from, l.old); err != nil {
		return err
	}
	there, err := l.into.disk.Lstat(l.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case ours(there, l.id):
		return nil // renaming over another name of the same file does nothing
	case !there.Mode().IsRegular():
		return &WrongKindError{Mode: there.Mode()}
	}
	if err := l.from.tree().Link(l.old, l.into.tree(), l.temp); err != nil {
		_ = l.into.disk.Remove(l.temp) // as in makeTemp
		return err
	}
	err = l.leads(l.into, l.temp) // whatever became of the old name since the look
	if err == nil {
		err = l.into.disk.Rename(l.temp, l.name)
	}
	gone := l.into.disk.Remove(l.temp) // which is there still if name has become the same file
	if errors.Is(gone, fs.ErrNotExist) {
		gone = nil
	}
	return both(err, gone)
}

// leads is nil where the name leads to the file.
func (l *link) leads(f *folder, name string) error {
	info, err := f.disk.Lstat(name)
	if err == nil && !ours(info, l.id) {
		err = errTaken
	}
	return err
}
