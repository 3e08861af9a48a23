package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// TempPattern matches the names that unfinished files have until they are
// committed. One that is left behind by a crash belongs to nobody.
const TempPattern = ".penstock-*.tmp"

const (
	tempPrefix, tempSuffix = ".penstock-", ".tmp"
	// privateMode is what an unfinished file has, so that nobody takes it for
	// the finished one.
	privateMode = 0o600
	// newMode is what a file that replaces none has, less the umask.
	newMode = 0o666
)

var errEnded = errors.New("was committed or aborted already")

// Sink writes one file under a temporary name in the target's directory and
// gives it the target's name when it is complete and on the disk. The file gets
// the permissions of the one that it replaces, its owner is who wrote it.
type Sink struct {
	disk       disk
	file       diskFile
	path       string // as the user would write it
	name, temp string // in disk
	mode       fs.FileMode

	ending sync.RWMutex // held for reading by writes, so that the end waits for them
	ended  bool         // guarded by ending

	failing sync.Mutex
	failed  error // guarded by failing: after it, only Abort is left

	appended int64 // where Write goes on
}

var (
	_ storage.Sink = (*Sink)(nil)
	_ io.Writer    = (*Sink)(nil)
)

// create makes the temporary file, and takes d over.
func create(d disk, path, name string) (*Sink, error) {
	s := &Sink{disk: d, path: path, name: name, temp: tempPrefix + rand.Text() + tempSuffix}
	if err := s.open(); err != nil {
		return nil, s.fail("create", errors.Join(cause(err), d.Close()))
	}
	return s, nil
}

func (s *Sink) open() error {
	old, err := s.disk.Lstat(s.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.openNew()
	case err != nil:
		return err
	case !old.Mode().IsRegular():
		return &storage.NotRegularError{Mode: old.Mode()}
	}
	s.mode = old.Mode().Perm()
	return s.openTemp(privateMode)
}

// openNew finds out what the umask leaves of newMode. Asking for the umask means
// setting it, for all goroutines; creating a file tells it too.
func (s *Sink) openNew() error {
	if err := s.openTemp(newMode); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err == nil {
		s.mode = info.Mode().Perm()
		err = s.file.Chmod(privateMode)
	}
	if err != nil {
		return errors.Join(err, s.discard())
	}
	return nil
}

func (s *Sink) openTemp(perm fs.FileMode) (err error) {
	s.file, err = s.disk.OpenFile(s.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	return err
}

// Path is the target as the user would write it.
func (s *Sink) Path() string { return s.path }

// Identity is that of the file being written, which a walk through the target's
// directory would come across.
func (s *Sink) Identity(ctx context.Context) (checkpoint.Identity, error) {
	if err := context.Cause(ctx); err != nil {
		return checkpoint.Identity{}, err
	}
	info, err := s.file.Stat()
	if err != nil {
		return checkpoint.Identity{}, s.fail("stat", err)
	}
	return statusOfInfo(info).Identity, nil
}

// WriteAt stores p at offset; holes read as zeros. After an error, such as a
// full disk, only Abort is left.
func (s *Sink) WriteAt(ctx context.Context, p []byte, offset int64) (int, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	s.ending.RLock()
	defer s.ending.RUnlock()
	if err := s.usable(); err != nil {
		return 0, s.fail("write", err)
	}
	n, err := s.file.WriteAt(p, offset)
	return n, s.poison("write", err)
}

// Write stores p after what Write stored before, for those that need an
// io.Writer. It is for one goroutine.
func (s *Sink) Write(p []byte) (int, error) {
	s.ending.RLock()
	defer s.ending.RUnlock()
	if err := s.usable(); err != nil {
		return 0, s.fail("write", err)
	}
	n, err := s.file.WriteAt(p, s.appended)
	s.appended += int64(n)
	return n, s.poison("write", err)
}

// Sync puts what was written on the disk. After an error only Abort is left.
func (s *Sink) Sync(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.ending.RLock()
	defer s.ending.RUnlock()
	if err := s.usable(); err != nil {
		return s.fail("sync", err)
	}
	return s.poison("sync", s.file.Sync())
}

// Commit puts the file under its name. Where it returns an error the target is
// what it was, and Abort is still to be called; except where the error says
// that the file is in place, which then only a power cut can undo.
func (s *Sink) Commit(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.ending.Lock()
	defer s.ending.Unlock()
	if err := s.usable(); err != nil {
		return s.fail("commit", err)
	}
	if err := s.publish(); err != nil {
		return s.poison("commit", err)
	}
	s.ended = true
	if err := errors.Join(syncDirectory(s.disk), s.disk.Close()); err != nil {
		return s.fail("commit", fmt.Errorf("the file is in place, but may not survive a power cut: sync directory: %w", cause(err)))
	}
	return nil
}

// publish syncs after the change of mode, so that both are on the disk before
// the name is. The close is checked too: network file systems write there.
func (s *Sink) publish() error {
	if err := s.file.Chmod(s.mode); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	if err := s.file.Close(); err != nil {
		return err
	}
	return s.disk.Rename(s.temp, s.name)
}

// Abort removes the temporary file. The target stays as it is.
func (s *Sink) Abort(context.Context) error {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.ended {
		return nil
	}
	s.ended = true
	if err := errors.Join(s.discard(), s.disk.Close()); err != nil {
		return s.fail("abort", cause(err))
	}
	return nil
}

// discard closes and removes the temporary file, either of which may have
// happened already in a Commit that did not succeed.
func (s *Sink) discard() error {
	err := s.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if gone := s.disk.Remove(s.temp); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// usable is called with ending held.
func (s *Sink) usable() error {
	if s.ended {
		return errEnded
	}
	s.failing.Lock()
	defer s.failing.Unlock()
	return s.failed
}

// poison keeps the first error: what follows on it cannot be trusted. After a
// failed sync above all, the pages may be dropped and the next sync says nil.
func (s *Sink) poison(op string, err error) error {
	if err == nil {
		return nil
	}
	err = cause(err)
	s.failing.Lock()
	defer s.failing.Unlock()
	if s.failed == nil {
		s.failed = fmt.Errorf("an earlier %s went wrong: %w", op, err)
	}
	return s.fail(op, err)
}

func (s *Sink) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: s.path, Err: err}
}
