package disktest

import (
	"errors"
	"io/fs"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Extent is how much of a call that fails has happened nevertheless.
type Extent int

const (
	// Nothing happened. Only Close does close: a descriptor is gone whatever
	// close returns.
	Nothing Extent = iota
	// Half of a read, a write or a ReadDir happened, and nothing of other calls.
	Half
	// Whole is the call that did all it should, and was lost on its way back.
	Whole
)

// Failing makes one call on the directories that it wraps go wrong. The zero
// value makes none, and counts. Set its fields before the first call.
type Failing struct {
	At int // which call fails, counted from 1 over all directories; 0 means none
	// Only says which calls are counted, by what Calls has of them; nil means all.
	Only   func(call string) bool
	Err    error  // what it returns, in an *fs.PathError as os would
	Extent Extent // how much of it happens

	// Lasting makes every call after it fail as well, and do nothing: the process
	// was killed, the disk is gone.
	Lasting bool

	mu      sync.Mutex // guards what follows
	calls   []string
	unnamed int // files that were to be made without a name
	counted int
	failed  string
}

// Wrap puts f between the caller and d. What it returns is a [disk.Tree], and as
// good a one as d.
func (f *Failing) Wrap(d disk.Directory) disk.Directory { return &failingDirectory{f, d} }

// Calls are those that were made so far, each as its verb and its names, such as
// "rename a b": open, lstat, chtimes, rename, remove, mkdir, branch, symlink, link,
// lchown, lchtimes, close of the directory, and read, write, stat, chmod, chown,
// settimes, setattribute, truncate, list, sync, syncfilesystem, close of a file, which
// is called unnamed and its number where it was made without a name.
func (f *Failing) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// Hit reports whether there were calls enough for one to fail.
func (f *Failing) Hit() bool { return f.Failed() != "" }

// Failed is the call that was the first to fail, as Calls has it; empty for none.
func (f *Failing) Failed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// nextUnnamed is what the next file is called that is made without a name.
func (f *Failing) nextUnnamed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unnamed++
	return noName + strconv.Itoa(f.unnamed)
}

// call counts a call. extent is how much of it is to happen, and err what it
// returns then, nil if it is not to fail.
func (f *Failing) call(verb, names string) (extent Extent, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := verb + " " + names
	f.calls = append(f.calls, call)
	counts := f.Only == nil || f.Only(call)
	if counts {
		f.counted++
	}
	switch {
	case f.At == 0 || f.counted < f.At || f.failed != "" && !f.Lasting:
		return Whole, nil
	case f.failed == "":
		f.failed, extent = call, f.Extent
	}
	return extent, &fs.PathError{Op: verb, Path: names, Err: f.Err}
}

// do counts a call that is done whole or not at all.
func (f *Failing) do(verb, names string, call func() error) error {
	extent, failure := f.call(verb, names)
	if extent != Whole {
		return failure
	}
	if err := call(); failure == nil {
		return err
	}
	return failure
}

// part is how many of n a call of this extent handles.
func (e Extent) part(n int) int {
	switch e {
	case Nothing:
		return 0
	case Half:
		return n / 2
	default:
		return n
	}
}

type failingDirectory struct {
	f    *Failing
	real disk.Directory
}

func (d *failingDirectory) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	var opened disk.File
	err := d.f.do("open", name, func() (err error) {
		opened, err = d.real.OpenFile(name, flag, perm)
		return err
	})
	if err != nil {
		if opened != nil {
			_ = opened.Close() // nobody else can
		}
		return nil, err
	}
	return &failingFile{d.f, opened, name}, nil
}

func (d *failingDirectory) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.f.do("lstat", name, func() (err error) {
		info, err = d.real.Lstat(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}

func (d *failingDirectory) Chtimes(name string, accessed, modified time.Time) error {
	return d.f.do("chtimes", name, func() error { return d.real.Chtimes(name, accessed, modified) })
}

func (d *failingDirectory) Rename(from, to string) error {
	return d.f.do("rename", from+" "+to, func() error { return d.real.Rename(from, to) })
}

func (d *failingDirectory) RenameNew(from, to string) error {
	renamer, ok := d.real.(disk.NewRenamer)
	if !ok {
		return fault("rename", from+" "+to, errors.ErrUnsupported)
	}
	return d.f.do("rename", from+" "+to, func() error { return renamer.RenameNew(from, to) })
}

func (d *failingDirectory) CreateUnnamed(perm fs.FileMode) (disk.UnnamedFile, error) {
	creator, ok := d.real.(disk.UnnamedCreator)
	if !ok {
		return nil, fault("open", noName, errors.ErrUnsupported)
	}
	name := d.f.nextUnnamed()
	var opened disk.UnnamedFile
	err := d.f.do("open", name, func() (err error) {
		opened, err = creator.CreateUnnamed(perm)
		return err
	})
	if err != nil {
		if opened != nil {
			_ = opened.Close() // nobody else can
		}
		return nil, err
	}
	return &failingUnnamed{failingFile{d.f, opened, name}, opened}, nil
}

func (d *failingDirectory) Remove(name string) error {
	return d.f.do("remove", name, func() error { return d.real.Remove(name) })
}

func (d *failingDirectory) Close() error {
	_, failure := d.f.call("close", "directory")
	if err := d.real.Close(); failure == nil {
		return err
	}
	return failure
}
