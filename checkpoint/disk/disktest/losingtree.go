package disktest

import (
	"io/fs"
	"syscall"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Mkdir makes a directory, which loses what is in it like this one.
func (l *Losing) Mkdir(name string, perm fs.FileMode) error {
	return l.make("mkdir", name, func() *inode { return l.system.directory(perm).self })
}

// Symlink makes a symbolic link, which nothing here goes after.
func (l *Losing) Symlink(target, name string) error {
	return l.make("symlink", name, func() *inode { return &inode{mode: fs.ModeSymlink | 0o777, target: target} })
}

func (l *Losing) make(op, name string, made func() *inode) error {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	if _, ok := l.atLocked(name); ok {
		return fault(op, name, syscall.EEXIST)
	}
	l.changeLocked(map[string]*inode{name: l.numberLocked(made())})
	return nil
}

// Branch gives the directory of that name. It needs no closing.
func (l *Losing) Branch(name string) (disk.Tree, error) {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.atLocked(name)
	switch {
	case !ok:
		return nil, fault("branch", name, syscall.ENOENT)
	case n.names == nil:
		return nil, fault("branch", name, syscall.ENOTDIR)
	}
	return n.names, nil
}

// Link gives a file another name, in a directory of the same file system.
func (l *Losing) Link(name string, into disk.Tree, as string) error {
	to, ok := into.(*Losing)
	if !ok || to.system != l.system {
		return fault("link", name, syscall.EXDEV)
	}
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.atLocked(name)
	_, taken := to.atLocked(as)
	switch {
	case !ok:
		return fault("link", name, syscall.ENOENT)
	case taken:
		return fault("link", as, syscall.EEXIST)
	case n.mode.IsDir():
		return fault("link", name, syscall.EPERM)
	}
	n.changed = l.system.tickLocked()
	to.changeLocked(map[string]*inode{as: n})
	return nil
}

// Lchown changes nothing: all files are ours.
func (l *Losing) Lchown(name string, _, _ int) error { return l.set("lchown", name, func(*inode) {}) }

// Lchtimes sets the modification time.
func (l *Losing) Lchtimes(name string, accessed, modified time.Time) error {
	return l.Chtimes(name, accessed, modified)
}

// Readlink is the target of a symbolic link, for a test to look at.
func (l *Losing) Readlink(name string) (string, error) {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	n, ok := l.atLocked(name)
	switch {
	case !ok:
		return "", fault("readlink", name, syscall.ENOENT)
	case n.mode&fs.ModeSymlink == 0:
		return "", fault("readlink", name, syscall.EINVAL)
	}
	return n.target, nil
}
