package local

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"sync"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

// targetMode is what the directory of a target gets where it is missing, less the
// umask: it is the user's.
const targetMode = 0o777

// unfinishedDir is what a directory has that is being filled. SetDir gives it its
// own permissions at the end.
const unfinishedDir = 0o700

// Target is the directory that a tree is copied into. Nothing outside of it is
// written or read: its methods take names below it, with slashes between their
// parts and of any length, and look at every directory on the way anew, at the latest
// before what was done in it is said to last. One that is a symbolic link, or has become
// one, is refused.
//
// A Target may be used from several goroutines.
type Target struct {
	folders  folders
	path     string
	owner    string
	run      string     // tells this process's unfinished files from the owner's others
	held     disk.Held  // of a sink that has the target for itself: its unfinished file
	together sync.Mutex // held by whoever has the names of several directories in hand
}

// OpenTarget opens the directory path, through symbolic links: somebody named it.
// Where it is missing it is made, with those above it, and lasts then. Close it.
func OpenTarget(ctx context.Context, path string) (*Target, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	top, err := disk.Make(path, targetMode)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: explainNamed(path, cause(err))}
	}
	return newTarget(top, path)
}

// NewTarget copies into d, which it takes over: for a disk that is not the system's,
// or goes wrong. path is what it is called in errors.
func NewTarget(d disk.Tree, path string) (*Target, error) { return newTarget(d, path) }

// newTarget takes top over.
func newTarget(top disk.Directory, path string) (*Target, error) {
	t := &Target{path: path}
	info, err := top.Lstat(".")
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: both(cause(err), top.Close())}
	}
	t.folders.begin(&folder{disk: top, name: ".", info: info})
	return t, nil
}

// SetOwner puts owner, letters and digits, into the names of unfinished files, so that
// Sweep finds those that were left by a process which had the same owner and was
// killed. It is called before anything else.
func (t *Target) SetOwner(owner string) { t.owner, t.run = owner, rand.Text()[:8] }

// Path is where the target is, as it was named.
func (t *Target) Path() string { return t.path }

// Look says what stands under name: nothing, too, where a directory on the way is
// missing. Of a symbolic link it is the link itself.
func (t *Target) Look(ctx context.Context, name string) (checkpoint.Found, fs.FileMode, error) {
	f, base, err := t.above(ctx, name)
	if err == nil {
		var info fs.FileInfo
		info, err = f.disk.Lstat(base)
		if err = both(err, t.folders.release(f)); err == nil {
			return checkpoint.Found{Exists: true, Identity: statusOfInfo(info).Identity}, info.Mode(), nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return checkpoint.Found{}, 0, t.fail("stat", name, err)
}

// MakeDir makes the directory name, one level, for its owner only until SetDir. One
// that is there is left as it is; for anything else the error is a
// [WrongKindError]. The name lasts after SyncNames of the directory above, or of
// any folder beneath, and that one stays open until then.
func (t *Target) MakeDir(ctx context.Context, name string) error {
	return t.change(ctx, "make directory", name, func(f *folder, base string) error {
		if base == "." {
			return nil
		}
		err := f.tree().Mkdir(base, unfinishedDir)
		if errors.Is(err, fs.ErrExist) {
			// Whoever made it may have been killed before it was made to last.
			err = f.expect(base, fs.ModeDir)
		}
		return err
	})
}

// change calls do with the directory that name stands in, whose names it changes.
func (t *Target) change(ctx context.Context, op, name string, do func(f *folder, base string) error) error {
	f, base, err := t.above(ctx, name)
	if err == nil {
		err = do(f, base)
		f.names.owe()
		err = both(err, t.folders.release(f))
	}
	return t.fail(op, name, err)
}

// SetDir gives the directory name what m says, which is for when everything in it
// is done: writing into it changes its times, and may need permissions that it is
// not to have. What could not be set is a [LostError]. It lasts after SyncNames.
func (t *Target) SetDir(ctx context.Context, name string, m Meta) error {
	f, err := t.acquire(ctx, name)
	if err == nil {
		err = both(f.set(&m), t.folders.release(f))
	}
	return t.fail("set", name, err)
}

// Close releases the directories that are in nobody's hands. The others, and those
// that sinks write into, are released by who has them.
func (t *Target) Close() error {
	defer t.held.Release()
	if err := t.folders.close(); err != nil {
		return t.fail("close", ".", err)
	}
	return nil
}

func (t *Target) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return failAt(op, join(t.path, name), err)
}

// causeError is the cause of a context, on its way out past failAt.
type causeError struct{ error }

// failAt is err as it leaves the package.
func failAt(op, path string, err error) error {
	if c, ok := errors.AsType[*causeError](err); ok {
		return c.error
	}
	err = cause(err)
	if _, marked := errors.AsType[*TargetError](err); !marked {
		err = &TargetError{err}
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// TargetError stands right below the path of an error of what is written, and not of
// what it is made of: of a [Target], its folders and sinks, and of what is read back.
type TargetError struct{ Err error }

// Error is that of Err.
func (e *TargetError) Error() string { return e.Err.Error() }

func (e *TargetError) Unwrap() error { return e.Err }
