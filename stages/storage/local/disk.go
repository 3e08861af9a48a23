package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// disk is what a [Sink] asks of the directory that it writes into, and all that
// it asks: a test fails any one call of it.
type disk interface {
	Lstat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (diskFile, error)
	Rename(from, to string) error
	Remove(name string) error
	Close() error
}

// diskFile is an open file of a disk, or its directory.
type diskFile interface {
	io.WriterAt
	Stat() (fs.FileInfo, error)
	Chmod(fs.FileMode) error
	Sync() error
	Close() error
}

// rootDisk is the real one.
type rootDisk struct{ *os.Root }

func (d rootDisk) OpenFile(name string, flag int, perm fs.FileMode) (diskFile, error) {
	return d.Root.OpenFile(name, flag, perm)
}

// syncDirectory makes the names in the disk's directory last. Without it a
// renamed file can come back under its temporary name after a power cut.
func syncDirectory(d disk) error {
	if runtime.GOOS == "windows" {
		return nil // NTFS logs names, and has no call to flush a directory
	}
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system that keeps no directories on a disk
	}
	return errors.Join(err, f.Close())
}
