package local

import (
	"errors"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

var errOwnerLost = errors.New("would give another user's rights away, since the owner was not kept")

// preserve gives an open file or directory what m says, but for the permissions. No step
// undoes one before it: a change of the owner takes setuid and capabilities away, which are
// an attribute, and a list of access rights changes the permissions. These come last: what
// it returns, where m has any.
func preserve(f disk.File, m *Meta, lost *losses) (mode fs.FileMode) {
	mode = m.mode()
	if m.Keep&KeepOwner != 0 && !lost.note("owner", setOwner(f, m)) {
		if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			lost.note("setuid and setgid", errOwnerLost)
		}
		mode &^= fs.ModeSetuid | fs.ModeSetgid
	}
	if m.Keep&KeepAttributes != 0 {
		for _, a := range m.Attributes {
			lost.note("attribute "+a.Name, f.SetAttribute(a.Name, a.Value))
		}
	}
	if m.Keep&KeepTimes != 0 {
		lost.note("times", f.SetTimes(m.Accessed, m.Modified))
	}
	return mode
}

// setOwner keeps the group, if it can, where it cannot keep the user.
func setOwner(f disk.File, m *Meta) error {
	err := f.Chown(m.UID, m.GID)
	if errors.Is(err, fs.ErrPermission) {
		_ = f.Chown(-1, m.GID)
	}
	return err
}

// set gives the directory what m says.
func (f *folder) set(m *Meta) error {
	d, err := f.disk.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	f.names.touch()
	var lost losses
	if mode := preserve(d, m, &lost); m.Keep&KeepMode != 0 {
		lost.note("permissions", d.Chmod(mode))
	}
	return both(lost.err(), d.Close())
}
