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
	closed        bool // guarded by l.system.mu
}

// with calls do on the inode, unless the handle is closed or not made for it.
func (f *losingFile) with(op string, allowed bool, do func(*inode) error) error {
	f.l.system.mu.Lock()
	defer f.l.system.mu.Unlock()
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
		n.edit(f.l.system.tickLocked(), edit{offset: offset, bytes: slices.Clone(p)})
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *losingFile) Truncate(size int64) error {
	return f.with("truncate", f.writes, func(n *inode) error {
		n.edit(f.l.system.tickLocked(), edit{cut: true, size: size})
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
		n.mode, n.changed = mode.Perm(), f.l.system.tickLocked()
		return nil
	})
}

// SetTimes sets the modification time, which lasts after a Sync.
func (f *losingFile) SetTimes(_, modified time.Time) error {
	return f.with("settimes", true, func(n *inode) error {
		n.modified, n.changed = modified.UnixNano(), f.l.system.tickLocked()
		return nil
	})
}

// Chown changes nothing: all files are ours.
func (f *losingFile) Chown(int, int) error {
	return f.with("chown", true, func(n *inode) error {
		n.changed = f.l.system.tickLocked()
		return nil
	})
}

func (f *losingFile) SetAttribute(string, []byte) error {
	return fault("setattribute", f.name, errors.ErrUnsupported)
}

// SyncFilesystem syncs the bytes of all files, and no names.
func (f *losingFile) SyncFilesystem() error {
	if err := f.with("syncfilesystem", true, func(*inode) error { return nil }); err != nil {
		return err
	}
	f.l.system.each((*inode).sync)
	return nil
}

// LinkAs gives the file another name, or its first.
func (f *losingFile) LinkAs(name string) error {
	return f.with("link", true, func(n *inode) error {
		if _, taken := f.l.atLocked(name); taken {
			return fault("link", name, syscall.EEXIST)
		}
		if n.link == none {
			n.link = linked
		}
		n.changed = f.l.system.tickLocked()
		f.l.changeLocked(map[string]*inode{name: n})
		return nil
	})
}

func (f *losingFile) forgetSystem() { f.l.system.each((*inode).forget) }

func (f *losingFile) Sync() error {
	return f.with("sync", true, func(n *inode) error {
		if n.link != none {
			n.sync()
		}
		return nil
	})
}

func (f *losingFile) forget() {
	f.l.system.mu.Lock()
	defer f.l.system.mu.Unlock()
	f.n.forget()
}

func (f *losingFile) Close() error {
	return f.with("close", true, func(n *inode) error {
		f.closed = true
		if f.l.system.open[n]--; f.l.system.open[n] == 0 {
			delete(f.l.system.open, n)
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
	left []fs.DirEntry // guarded by l.system.mu
	read bool          // guarded by l.system.mu: left was filled
}

// ReadDir lists the names that were there when it was first called.
func (d *losingNames) ReadDir(n int) ([]fs.DirEntry, error) {
	d.l.system.mu.Lock()
	defer d.l.system.mu.Unlock()
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
	d.l.system.mu.Lock()
	defer d.l.system.mu.Unlock()
	d.l.syncLocked()
	return nil
}

// SyncFilesystem syncs all bytes and all names.
func (d *losingNames) SyncFilesystem() error {
	d.l.system.each((*inode).syncAll)
	return nil
}

func (d *losingNames) forgetSystem() { d.l.system.each((*inode).forgetAll) }

func (d *losingNames) forget() {
	d.l.system.mu.Lock()
	defer d.l.system.mu.Unlock()
	d.l.forgetLocked()
}

func (d *losingNames) Stat() (fs.FileInfo, error) { return d.l.Lstat(".") }
func (d *losingNames) Close() error               { return nil }

// Chmod lasts at once, as that of a file.
func (d *losingNames) Chmod(mode fs.FileMode) error {
	return d.l.set("chmod", ".", func(n *inode) { n.mode = fs.ModeDir | mode.Perm() })
}

// SetTimes sets the modification time, which lasts after a Sync.
func (d *losingNames) SetTimes(accessed, modified time.Time) error {
	return d.l.Chtimes(".", accessed, modified)
}

// Chown changes nothing.
func (d *losingNames) Chown(uid, gid int) error { return d.l.Lchown(".", uid, gid) }

func (d *losingNames) SetAttribute(string, []byte) error {
	return fault("setattribute", ".", errors.ErrUnsupported)
}

func (d *losingNames) ReadAt([]byte, int64) (int, error) {
	return 0, fault("read", ".", syscall.EISDIR)
}

func (d *losingNames) WriteAt([]byte, int64) (int, error) {
	return 0, fault("write", ".", syscall.EBADF)
}

func (d *losingNames) Truncate(int64) error { return fault("truncate", ".", syscall.EINVAL) }

var (
	_ disk.UnnamedFile      = (*losingFile)(nil)
	_ disk.File             = (*losingNames)(nil)
	_ disk.FilesystemSyncer = (*losingFile)(nil)
	_ disk.FilesystemSyncer = (*losingNames)(nil)
)
