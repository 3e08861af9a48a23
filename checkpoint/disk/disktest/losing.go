package disktest

import (
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Losing is a directory in memory that loses in a power cut what was not synced:
// bytes last from their file's Sync on, names from that of the directory. Until
// then it shows them like any other, as page caches do.
//
// After a Sync that a [Failing] around it has made to fail, what would have been
// synced is still shown, but no later Sync brings it onto the medium, though they
// all return nil. That is what Linux does.
//
// On unix systems Sys of a FileInfo is a *syscall.Stat_t with device, inode,
// owner, size and times. The times are counted, not measured: one second for
// every change. Inodes of files that are gone are given to new ones at once.
type Losing struct {
	system  *system
	mu      sync.Mutex        // guards what follows, and all inodes
	shown   map[string]*inode // as every call sees it
	lasting map[string]*inode // as it was synced
	pending []change          // of names, since then
	open    map[*inode]int    // handles on each
	ticks   int64
}

var _ disk.Directory = (*Losing)(nil)

// change is what one call did to names, at once: a nil inode took the name away.
type change struct {
	names map[string]*inode
	lost  bool // a Sync of it has failed
}

// NewLosing makes an empty directory on a file system of its own.
func NewLosing() *Losing { return (&system{}).add() }

// OpenFile opens or makes the file name.
func (l *Losing) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	if name == "." {
		if writes || flag&os.O_CREATE != 0 {
			return nil, fault("open", name, syscall.EISDIR)
		}
		return &losingNames{l: l}, nil
	}
	n, ok := l.shown[name]
	switch {
	case !ok && flag&os.O_CREATE == 0:
		return nil, fault("open", name, syscall.ENOENT)
	case ok && flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, fault("open", name, syscall.EEXIST)
	case !ok:
		n = &inode{number: l.freeNumberLocked(), mode: perm.Perm()}
		n.touch(l.tickLocked())
		l.changeLocked(map[string]*inode{name: n})
	case flag&os.O_TRUNC != 0:
		n.edit(l.tickLocked(), edit{size: 0, cut: true})
	}
	l.open[n]++
	return &losingFile{l: l, n: n, name: name, reads: flag&os.O_WRONLY == 0, writes: writes}, nil
}

// Lstat tells of a file, or of the directory.
func (l *Losing) Lstat(name string) (fs.FileInfo, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name == "." {
		return directoryInfo(), nil
	}
	n, ok := l.shown[name]
	if !ok {
		return nil, fault("lstat", name, syscall.ENOENT)
	}
	return n.info(name), nil
}

// Chtimes sets the modification time; there is no other that Losing keeps.
func (l *Losing) Chtimes(name string, _, modified time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.shown[name]
	if !ok {
		return fault("chtimes", name, syscall.ENOENT)
	}
	n.modified, n.changed = modified.UnixNano(), l.tickLocked()
	return nil
}

// Rename gives a file another name, which another one may have had.
func (l *Losing) Rename(from, to string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.shown[from]
	if !ok {
		return fault("rename", from, syscall.ENOENT)
	}
	n.changed = l.tickLocked()
	if from != to {
		l.changeLocked(map[string]*inode{from: nil, to: n})
	}
	return nil
}

// Remove takes a name away. Those who have its file open keep it.
func (l *Losing) Remove(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.shown[name]; !ok {
		return fault("remove", name, syscall.ENOENT)
	}
	l.changeLocked(map[string]*inode{name: nil})
	return nil
}

// Close does nothing: there is no descriptor, and the directory may be wrapped
// and closed again.
func (l *Losing) Close() error { return nil }

func (l *Losing) changeLocked(names map[string]*inode) {
	c := change{names: names}
	c.apply(l.shown)
	l.pending = append(l.pending, c)
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
	l.pending = nil
}

// forgetLocked is a Sync that failed: what it was to sync will never last.
func (l *Losing) forgetLocked() {
	for i := range l.pending {
		l.pending[i].lost = true
	}
}

func (l *Losing) tickLocked() int64 {
	l.ticks++
	return l.ticks * int64(time.Second)
}

// freeNumberLocked is the least that no file has, not even one that a power cut
// might bring back. Real file systems are as quick to use a number again.
func (l *Losing) freeNumberLocked() uint64 {
	used := map[uint64]bool{}
	for n := range l.filesLocked() {
		used[n.number] = true
	}
	number := uint64(1)
	for used[number] {
		number++
	}
	return number
}

func fault(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
