package disktest

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// losingFile is a handle on a file of a [Losing].
type losingFile struct {
	l             *Losing
	n             *inode
	name          string
	reads, writes bool
	closed        bool // guarded by l.mu
}

// with calls do on the inode, unless the handle is closed or not made for it.
func (f *losingFile) with(op string, allowed bool, do func(*inode) error) error {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	if f.closed {
		return fault(op, f.name, fs.ErrClosed)
	}
	if !allowed {
		return fault(op, f.name, syscall.EBADF)
	}
	return do(f.n)
}

func (f *losingFile) ReadAt(p []byte, offset int64) (read int, err error) {
	err = f.with("read", f.reads, func(n *inode) (err error) {
		read, err = n.readAt(p, offset)
		return err
	})
	return read, err
}

func (f *losingFile) WriteAt(p []byte, offset int64) (int, error) {
	err := f.with("write", f.writes, func(n *inode) error {
		if len(p) == 0 {
			return nil // and does not make the file longer
		}
		n.edit(f.l.tickLocked(), edit{offset: offset, bytes: slices.Clone(p)})
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *losingFile) Truncate(size int64) error {
	return f.with("truncate", f.writes, func(n *inode) error {
		n.edit(f.l.tickLocked(), edit{cut: true, size: size})
		return nil
	})
}

func (f *losingFile) Stat() (info fs.FileInfo, err error) {
	err = f.with("stat", true, func(n *inode) error {
		info = n.info(f.name)
		return nil
	})
	return info, err
}

// Chmod lasts at once: no code of ours leans on the order.
func (f *losingFile) Chmod(mode fs.FileMode) error {
	return f.with("chmod", true, func(n *inode) error {
		n.mode, n.changed = mode.Perm(), f.l.tickLocked()
		return nil
	})
}

// SetTimes sets the modification time, which lasts after a Sync.
func (f *losingFile) SetTimes(_, modified time.Time) error {
	return f.with("settimes", true, func(n *inode) error {
		n.modified, n.changed = modified.UnixNano(), f.l.tickLocked()
		return nil
	})
}

// Chown changes nothing: all files are ours.
func (f *losingFile) Chown(int, int) error {
	return f.with("chown", true, func(n *inode) error {
		n.changed = f.l.tickLocked()
		return nil
	})
}

func (f *losingFile) SetAttribute(string, []byte) error {
	return fault("setattribute", f.name, errors.ErrUnsupported)
}

// SyncFilesystem syncs all files of the directory and of those beside it.
func (f *losingFile) SyncFilesystem() error {
	if err := f.with("syncfilesystem", true, func(*inode) error { return nil }); err != nil {
		return err
	}
	f.l.system.each((*inode).sync)
	return nil
}

func (f *losingFile) forgetSystem() { f.l.system.each((*inode).forget) }

func (f *losingFile) Sync() error {
	return f.with("sync", true, func(n *inode) error {
		n.sync()
		return nil
	})
}

func (f *losingFile) forget() {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	f.n.forget()
}

func (f *losingFile) Close() error {
	return f.with("close", true, func(n *inode) error {
		f.closed = true
		if f.l.open[n]--; f.l.open[n] == 0 {
			delete(f.l.open, n)
		}
		return nil
	})
}

func (f *losingFile) ReadDir(int) ([]fs.DirEntry, error) {
	return nil, fault("list", f.name, syscall.ENOTDIR)
}

// losingNames is a handle on the directory.
type losingNames struct {
	l    *Losing
	left []fs.DirEntry // guarded by l.mu
	read bool          // guarded by l.mu: left was filled
}

// ReadDir lists the names that were there when it was first called.
func (d *losingNames) ReadDir(n int) ([]fs.DirEntry, error) {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	if !d.read {
		d.read = true
		for _, name := range slices.Sorted(maps.Keys(d.l.shown)) {
			d.left = append(d.left, fs.FileInfoToDirEntry(d.l.shown[name].info(name)))
		}
	}
	if n > 0 && len(d.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.left) {
		n = len(d.left)
	}
	out := d.left[:n:n]
	d.left = d.left[n:]
	return out, nil
}

func (d *losingNames) Sync() error {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	d.l.syncLocked()
	return nil
}

// SyncFilesystem syncs all files and all names of the file system.
func (d *losingNames) SyncFilesystem() error {
	d.l.system.each((*inode).sync)
	d.l.system.names((*Losing).syncLocked)
	return nil
}

func (d *losingNames) forgetSystem() {
	d.l.system.each((*inode).forget)
	d.l.system.names((*Losing).forgetLocked)
}

func (d *losingNames) forget() {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	d.l.forgetLocked()
}

func (d *losingNames) Stat() (fs.FileInfo, error) { return directoryInfo(), nil }
func (d *losingNames) Close() error               { return nil }
func (d *losingNames) ReadAt([]byte, int64) (int, error) {
	return 0, fault("read", ".", syscall.EISDIR)
}

func (d *losingNames) WriteAt([]byte, int64) (int, error) {
	return 0, fault("write", ".", syscall.EBADF)
}

func (d *losingNames) Truncate(int64) error { return fault("truncate", ".", syscall.EINVAL) }

func (d *losingNames) SetTimes(_, _ time.Time) error { return fault("settimes", ".", syscall.EPERM) }

func (d *losingNames) Chown(int, int) error { return fault("chown", ".", syscall.EPERM) }

func (d *losingNames) SetAttribute(string, []byte) error {
	return fault("setattribute", ".", errors.ErrUnsupported)
}

func (d *losingNames) Chmod(fs.FileMode) error { return fault("chmod", ".", syscall.EPERM) }

var (
	_ disk.File             = (*losingFile)(nil)
	_ disk.File             = (*losingNames)(nil)
	_ disk.FilesystemSyncer = (*losingFile)(nil)
	_ disk.FilesystemSyncer = (*losingNames)(nil)
)
