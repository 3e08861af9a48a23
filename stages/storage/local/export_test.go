package local

import (
	"io/fs"
	"os"
)

// FailingDisk is a real directory of which one call, and what it would have
// done, can be made to fail.
type FailingDisk struct {
	Calls  []string // so far
	FailAt int      // which call fails, counted from 1; 0 means none
	Err    error
	disk   disk
}

// CreateOn is Create in dir with d between the sink and the directory.
func CreateOn(d *FailingDisk, dir, name string) (*Sink, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d.disk = rootDisk{root}
	return create(d, name, name)
}

func (d *FailingDisk) call(name string) error {
	d.Calls = append(d.Calls, name)
	if len(d.Calls) == d.FailAt {
		return &fs.PathError{Op: name, Path: "somewhere", Err: d.Err}
	}
	return nil
}

func (d *FailingDisk) Lstat(name string) (fs.FileInfo, error) {
	if err := d.call("lstat"); err != nil {
		return nil, err
	}
	return d.disk.Lstat(name)
}

func (d *FailingDisk) OpenFile(name string, flag int, perm fs.FileMode) (diskFile, error) {
	if err := d.call("open"); err != nil {
		return nil, err
	}
	f, err := d.disk.OpenFile(name, flag, perm)
	return failingFile{d, f}, err
}

func (d *FailingDisk) Rename(from, to string) error {
	if err := d.call("rename"); err != nil {
		return err
	}
	return d.disk.Rename(from, to)
}

func (d *FailingDisk) Remove(name string) error {
	if err := d.call("remove"); err != nil {
		return err
	}
	return d.disk.Remove(name)
}

// Close closes, also where it then says that it did not, as close does.
func (d *FailingDisk) Close() error {
	err := d.disk.Close()
	if failed := d.call("close directory"); failed != nil {
		return failed
	}
	return err
}

type failingFile struct {
	d *FailingDisk
	diskFile
}

func (f failingFile) WriteAt(p []byte, offset int64) (int, error) {
	if err := f.d.call("write"); err != nil {
		return 0, err
	}
	return f.diskFile.WriteAt(p, offset)
}

func (f failingFile) Stat() (fs.FileInfo, error) {
	if err := f.d.call("stat"); err != nil {
		return nil, err
	}
	return f.diskFile.Stat()
}

func (f failingFile) Chmod(mode fs.FileMode) error {
	if err := f.d.call("chmod"); err != nil {
		return err
	}
	return f.diskFile.Chmod(mode)
}

func (f failingFile) Sync() error {
	if err := f.d.call("sync"); err != nil {
		return err
	}
	return f.diskFile.Sync()
}

func (f failingFile) Close() error {
	err := f.diskFile.Close()
	if failed := f.d.call("close"); failed != nil {
		return failed
	}
	return err
}
