package disktest

import (
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint/disk"
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

// forgetful is a file that can lose what it would have synced.
type forgetful interface{ forget() }

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

func (f *failingFile) Close() error {
	_, failure := f.f.call("close", f.name)
	if err := f.real.Close(); failure == nil {
		return err
	}
	return failure
}
