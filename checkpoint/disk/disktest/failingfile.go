package disktest

import (
	"errors"
	"io/fs"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

var (
	_ disk.File             = (*failingFile)(nil)
	_ disk.FilesystemSyncer = (*failingFile)(nil)
	_ disk.UnnamedFile      = (*failingUnnamed)(nil)
)

type failingFile struct {
	f    *Failing
	real disk.File
	name string
}

func (f *failingFile) ReadAt(p []byte, offset int64) (int, error) {
	return f.some("read", p, offset, f.real.ReadAt)
}

func (f *failingFile) WriteAt(p []byte, offset int64) (int, error) {
	return f.some("write", p, offset, f.real.WriteAt)
}

// some counts a call that can be done by half.
func (f *failingFile) some(verb string, p []byte, offset int64, call func([]byte, int64) (int, error)) (int, error) {
	extent, failure := f.f.call(verb, f.name)
	if failure == nil {
		return call(p, offset)
	}
	n := extent.part(len(p))
	if n > 0 {
		n, _ = call(p[:n], offset)
	}
	return n, failure
}

func (f *failingFile) ReadDir(n int) ([]fs.DirEntry, error) {
	extent, failure := f.f.call("list", f.name)
	if failure == nil {
		return f.real.ReadDir(n)
	}
	var entries []fs.DirEntry
	if extent != Nothing {
		entries, _ = f.real.ReadDir(n)
	}
	return entries[:extent.part(len(entries))], failure
}

func (f *failingFile) Stat() (info fs.FileInfo, err error) {
	err = f.f.do("stat", f.name, func() (err error) {
		info, err = f.real.Stat()
		return err
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}

func (f *failingFile) Chmod(mode fs.FileMode) error {
	return f.f.do("chmod", f.name, func() error { return f.real.Chmod(mode) })
}

func (f *failingFile) Truncate(size int64) error {
	return f.f.do("truncate", f.name, func() error { return f.real.Truncate(size) })
}

func (f *failingFile) Chown(uid, gid int) error {
	return f.f.do("chown", f.name, func() error { return f.real.Chown(uid, gid) })
}

func (f *failingFile) SetTimes(accessed, modified time.Time) error {
	return f.f.do("settimes", f.name, func() error { return f.real.SetTimes(accessed, modified) })
}

func (f *failingFile) SetAttribute(name string, value []byte) error {
	return f.f.do("setattribute", f.name+" "+name, func() error { return f.real.SetAttribute(name, value) })
}

// Fd is the number of the real file, and no number where it has none.
func (f *failingFile) Fd() uintptr {
	if numbered, ok := f.real.(interface{ Fd() uintptr }); ok {
		return numbered.Fd()
	}
	return ^uintptr(0)
}

// forgetful is a file that can lose what it would have synced.
type forgetful interface{ forget() }

// forgetfulSystem is a file that can lose what its file system would have synced.
type forgetfulSystem interface{ forgetSystem() }

// Sync that fails leaves a [Losing] directory with pages that count as clean,
// unless nobody is left to sync them again.
func (f *failingFile) Sync() error {
	extent, failure := f.f.call("sync", f.name)
	if failure == nil {
		return f.real.Sync()
	}
	if extent == Whole {
		_ = f.real.Sync()
	} else if lost, ok := f.real.(forgetful); ok && !f.f.Lasting {
		lost.forget()
	}
	return failure
}

// SyncFilesystem that fails does to all files what Sync does to one.
func (f *failingFile) SyncFilesystem() error {
	syncer, ok := f.real.(disk.FilesystemSyncer)
	if !ok {
		return fault("syncfilesystem", f.name, errors.ErrUnsupported)
	}
	extent, failure := f.f.call("syncfilesystem", f.name)
	if failure == nil {
		return syncer.SyncFilesystem()
	}
	if extent == Whole {
		_ = syncer.SyncFilesystem()
	} else if lost, ok := f.real.(forgetfulSystem); ok && !f.f.Lasting {
		lost.forgetSystem()
	}
	return failure
}

func (f *failingFile) Close() error {
	_, failure := f.f.call("close", f.name)
	if err := f.real.Close(); failure == nil {
		return err
	}
	return failure
}

// failingUnnamed is a file that was made without a name.
type failingUnnamed struct {
	failingFile
	real disk.UnnamedFile
}

func (f *failingUnnamed) LinkAs(name string) error {
	return f.f.do("link", f.name+" "+name, func() error { return f.real.LinkAs(name) })
}
