package local

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// TempPattern matches the names that unfinished files have until they are
// committed. One that is left behind by a crash belongs to nobody, unless a record
// names it; [Folder.Sweep] removes those of an owner, and [Create] those of its file.
const TempPattern = ".penstock-*.tmp"

const (
	tempPrefix, tempSuffix = ".penstock-", ".tmp"
	// privateMode is what an unfinished file has that may be resumed, or is to have more
	// than permissions.
	privateMode = 0o600
	// newMode is what a file that replaces none has, less the umask.
	newMode = 0o666
)

// tempName was never used before, and will not be again.
func (t *Target) tempName() string { return t.ownPrefix() + rand.Text() + tempSuffix }

// ownPrefix begins the names that this process makes.
func (t *Target) ownPrefix() string {
	if t.owner == "" {
		return tempPrefix
	}
	return t.ownerPrefix() + t.run + "-"
}

// ownerPrefix begins those that any process of the owner has made.
func (t *Target) ownerPrefix() string { return tempPrefix + t.owner + "-" }

// Create begins to write the file name in the folder, new or in place of a regular
// file. End the sink with Commit, Publish, Leave or Abort.
func (d *Folder) Create(ctx context.Context, name string) (*Sink, error) {
	return d.create(ctx, &Sink{name: name})
}

// CreateLike is Create for many small files, without some of its calls: of a file that is
// to be finished with m, that is not to be left, and whose name nobody is given twice.
//
// Where the file system has such files it is made without a name, so that nothing of it
// stays behind whatever becomes of the process, unless it replaces another or is to be
// somebody else's. It has its permissions from the beginning, where they give nobody more
// than they will in the end. In a directory that nothing was in when its first file was
// made, only Publish looks for what the file would replace. Leave and Growing are errors.
func (d *Folder) CreateLike(ctx context.Context, name string, m Meta) (*Sink, error) {
	s := &Sink{name: name, alike: true}
	if m.plain() {
		s.mode = m.Mode.Perm()
	}
	return d.create(ctx, s)
}

func (d *Folder) create(ctx context.Context, s *Sink) (*Sink, error) {
	return d.begin(ctx, s, func(old fs.FileInfo) error {
		if old != nil {
			s.old = statusOfInfo(old).Identity
		}
		switch {
		case s.mode != 0:
			return s.makeTemp(s.mode)
		case old == nil:
			return s.openNew()
		}
		s.mode = old.Mode().Perm()
		return s.makeTemp(privateMode)
	})
}

// begin lets open open the file of s, and close it again where it fails. old is what
// has the final name, nil for nothing.
func (d *Folder) begin(ctx context.Context, s *Sink, open func(old fs.FileInfo) error) (*Sink, error) {
	s.folder = &Folder{target: d.target, folder: d.folder}
	err := d.usable(ctx, s.name)
	if err != nil {
		return nil, s.fail("create", err)
	}
	var old fs.FileInfo
	if !s.alike || !d.folder.bare.of(d.folder.disk) {
		old, err = d.folder.replaced(s.name)
	}
	if err == nil {
		err = open(old)
	}
	if err != nil {
		return nil, s.fail("create", err)
	}
	d.target.folders.retain(d.folder)
	d.folder.names.touch()
	return s, nil
}

func (s *Sink) openTemp(flags int, perm fs.FileMode) (err error) {
	s.file, err = s.folder.folder.disk.OpenFile(s.temp, os.O_WRONLY|flags, perm)
	s.opened = time.Now()
	return err
}

// makeUnnamed opens a file that is gone with its descriptor until it has its name.
func (s *Sink) makeUnnamed(perm fs.FileMode) (err error) {
	creator, ok := s.folder.folder.disk.(disk.UnnamedCreator)
	if !ok {
		return errors.ErrUnsupported
	}
	if s.unnamed, err = creator.CreateUnnamed(perm); err != nil {
		return err
	}
	s.file, s.opened = s.unnamed, time.Now()
	return nil
}

// makeTemp opens a file that was not there, without a name where it may and can be.
func (s *Sink) makeTemp(perm fs.FileMode) error {
	if s.alike {
		if err := s.makeUnnamed(perm); !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return s.makeNamed(perm)
}

// makeNamed opens a temporary file that was not there. Where that fails it may be
// there nevertheless, as on a network that has lost the answer.
func (s *Sink) makeNamed(perm fs.FileMode) error {
	s.temp = s.folder.target.tempName()
	err := s.openTemp(os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		_ = s.folder.folder.disk.Remove(s.temp) // which nobody else has
	}
	return err
}

// openNew finds out what the umask, or the directory, leaves of newMode, once for each
// directory. Asking for the umask means setting it, for all goroutines; creating a
// file tells it too, if it has a name: before Linux 6.0 there are file systems that leave
// the others theirs.
func (s *Sink) openNew() error {
	if s.knowMode() {
		return s.makeTemp(privateMode)
	}
	if err := s.makeNamed(newMode); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err == nil {
		s.mode = info.Mode().Perm()
		mode := s.mode
		s.folder.folder.mode.Store(&mode)
		err = s.file.Chmod(privateMode)
	}
	if err != nil {
		return both(err, s.discard())
	}
	return nil
}

// knowMode is true where somebody has found it out.
func (s *Sink) knowMode() bool {
	mode := s.folder.folder.mode.Load()
	if mode != nil {
		s.mode = *mode
	}
	return mode != nil
}

// discard closes and removes the temporary file, either of which may have
// happened already in a Commit that did not succeed.
func (s *Sink) discard() error {
	err := s.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if s.temp == "" {
		return err
	}
	if gone := s.folder.folder.disk.Remove(s.temp); !errors.Is(gone, fs.ErrNotExist) {
		err = both(err, gone)
	}
	return err
}
