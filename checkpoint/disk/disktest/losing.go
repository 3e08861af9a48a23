package disktest

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Losing is a directory in memory that loses in a power cut what was not synced:
// bytes last from their file's Sync on, names from that of their directory. Until
// then it shows them like any other, as page caches do. The directories in it are
// Losing too.
//
// What was made without a name is worse off. Its Sync does nothing before it has one, as
// on Btrfs before Linux 6.17; and its name is lost, whatever was synced of the directory,
// until the file itself is synced, as on ext2, which finds a deleted file under it. A sync
// of the file system does for either.
//
// After a Sync that a [Failing] around it has made to fail, what would have been
// synced is still shown, but no later Sync brings it onto the medium, though they
// all return nil. That is what Linux does.
//
// On unix systems Sys of a FileInfo is a *syscall.Stat_t with device, inode,
// owner, size and times. The times are counted, not measured: one second for
// every change. Inodes of files that are gone are given to new ones at once.
type Losing struct {
	system  *system           // whose mu guards what follows
	self    *inode            // the directory itself
	shown   map[string]*inode // as every call sees it
	lasting map[string]*inode // as it was synced
	pending []change          // of names, since then
}

var (
	_ disk.Tree           = (*Losing)(nil)
	_ disk.NewRenamer     = (*Losing)(nil)
	_ disk.UnnamedCreator = (*Losing)(nil)
)

// change is what one call did to names, at once: a nil inode took the name away.
type change struct {
	names map[string]*inode
	lost  bool // a Sync of it has failed
}

// NewLosing makes an empty directory on a file system of its own.
func NewLosing() *Losing {
	s := &system{open: map[*inode]int{}}
	s.top = s.directory(0o700)
	return s.top
}

// OpenFile opens or makes the file name.
func (l *Losing) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	n, ok := l.atLocked(name)
	switch {
	case !ok && flag&os.O_CREATE == 0:
		return nil, fault("open", name, syscall.ENOENT)
	case ok && flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, fault("open", name, syscall.EEXIST)
	case ok && n.mode&fs.ModeSymlink != 0:
		return nil, fault("open", name, syscall.ELOOP)
	case ok && n.mode.IsDir() && (writes || flag&os.O_CREATE != 0):
		return nil, fault("open", name, syscall.EISDIR)
	case ok && n.mode.IsDir():
		return &losingNames{l: n.names}, nil
	case !ok:
		n = l.numberLocked(&inode{mode: perm.Perm()})
		l.changeLocked(map[string]*inode{name: n})
	case flag&os.O_TRUNC != 0:
		n.edit(l.system.tickLocked(), edit{size: 0, cut: true})
	}
	return l.handleLocked(&losingFile{n: n, name: name, reads: flag&os.O_WRONLY == 0, writes: writes}), nil
}

// CreateUnnamed makes a file that is lost in a power cut, until it has a name.
func (l *Losing) CreateUnnamed(perm fs.FileMode) (disk.UnnamedFile, error) {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n := l.numberLocked(&inode{mode: perm.Perm()})
	n.link = none
	return l.handleLocked(&losingFile{n: n, name: noName, writes: true}), nil
}

// noName stands for the name of a file that has none.
const noName = "unnamed"

func (l *Losing) handleLocked(f *losingFile) *losingFile {
	f.l = l
	l.system.open[f.n]++
	return f
}

// Lstat tells of what has the name, or of the directory.
func (l *Losing) Lstat(name string) (fs.FileInfo, error) {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.atLocked(name)
	if !ok {
		return nil, fault("lstat", name, syscall.ENOENT)
	}
	return n.info(name), nil
}

// Chtimes sets the modification time; there is no other that Losing keeps.
func (l *Losing) Chtimes(name string, _, modified time.Time) error {
	return l.set("chtimes", name, func(n *inode) { n.modified = modified.UnixNano() })
}

// Rename gives a file another name, which another one may have had.
func (l *Losing) Rename(from, to string) error {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	return l.renameLocked(from, to)
}

// RenameNew is Rename to a name that nothing has.
func (l *Losing) RenameNew(from, to string) error {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	if l.shown[from] != nil && l.shown[to] != nil {
		return fault("rename", to, syscall.EEXIST)
	}
	return l.renameLocked(from, to)
}

func (l *Losing) renameLocked(from, to string) error {
	n, ok := l.shown[from]
	there := l.shown[to]
	switch {
	case !ok:
		return fault("rename", from, syscall.ENOENT)
	case there != nil && there.mode.IsDir():
		return fault("rename", to, syscall.EEXIST) // as os has it
	case there != nil && n.mode.IsDir():
		return fault("rename", to, syscall.ENOTDIR)
	case there == n:
		return nil // two names of one file, and both stay
	}
	n.changed = l.system.tickLocked()
	l.changeLocked(map[string]*inode{from: nil, to: n})
	return nil
}

// Remove takes a name away. Those who have its file open keep it.
func (l *Losing) Remove(name string) error {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.shown[name]
	switch {
	case !ok:
		return fault("remove", name, syscall.ENOENT)
	case n.names != nil && len(n.names.shown) > 0:
		return fault("remove", name, syscall.ENOTEMPTY)
	}
	l.changeLocked(map[string]*inode{name: nil})
	return nil
}

// Close does nothing: there is no descriptor, and the directory may be wrapped
// and closed again.
func (l *Losing) Close() error { return nil }

// atLocked is what has the name, "." the directory itself.
func (l *Losing) atLocked(name string) (*inode, bool) {
	if name == "." {
		return l.self, true
	}
	n, ok := l.shown[name]
	return n, ok
}

// set changes what is kept of a file besides its bytes.
func (l *Losing) set(op, name string, change func(*inode)) error {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.atLocked(name)
	if !ok {
		return fault(op, name, syscall.ENOENT)
	}
	change(n)
	n.changed = l.system.tickLocked()
	return nil
}

// numberLocked gives a new inode its number.
func (l *Losing) numberLocked(n *inode) *inode {
	n.number = l.system.freeNumberLocked()
	n.touch(l.system.tickLocked())
	return n
}

func (l *Losing) changeLocked(names map[string]*inode) {
	c := change{names: names}
	c.apply(l.shown)
	l.pending = append(l.pending, c)
	l.self.touch(l.system.tickLocked())
}

func (c change) apply(to map[string]*inode) {
	for name, n := range c.names {
		if n == nil {
			delete(to, name)
		} else {
			to[name] = n
		}
	}
}

// syncLocked makes the names last, except those that an earlier Sync has lost.
func (l *Losing) syncLocked() {
	for _, c := range l.pending {
		if !c.lost {
			c.apply(l.lasting)
		}
	}
	l.pending, l.self.synced = nil, l.self.modified
}

// forgetLocked is what a Sync does that fails.
func (l *Losing) forgetLocked() {
	for i := range l.pending {
		l.pending[i].lost = true
	}
}

func fault(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
