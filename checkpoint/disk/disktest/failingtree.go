package disktest

import (
	"errors"
	"io/fs"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

var _ disk.Tree = (*failingDirectory)(nil)

// tree calls do on the real directory, if it has others in it.
func (d *failingDirectory) tree(verb, names string, do func(disk.Tree) error) error {
	tree, ok := d.real.(disk.Tree)
	if !ok {
		return fault(verb, names, errors.ErrUnsupported)
	}
	return d.f.do(verb, names, func() error { return do(tree) })
}

func (d *failingDirectory) Mkdir(name string, perm fs.FileMode) error {
	return d.tree("mkdir", name, func(t disk.Tree) error { return t.Mkdir(name, perm) })
}

func (d *failingDirectory) Branch(name string) (disk.Tree, error) {
	var opened disk.Tree
	err := d.tree("branch", name, func(t disk.Tree) (err error) {
		opened, err = t.Branch(name)
		return err
	})
	if err != nil {
		if opened != nil {
			_ = opened.Close() // nobody else can
		}
		return nil, err
	}
	return &failingDirectory{d.f, opened}, nil
}

func (d *failingDirectory) Symlink(target, name string) error {
	return d.tree("symlink", name, func(t disk.Tree) error { return t.Symlink(target, name) })
}

func (d *failingDirectory) Link(name string, into disk.Tree, as string) error {
	if wrapped, ok := into.(*failingDirectory); ok {
		if tree, ok := wrapped.real.(disk.Tree); ok {
			into = tree
		}
	}
	return d.tree("link", name+" "+as, func(t disk.Tree) error { return t.Link(name, into, as) })
}

func (d *failingDirectory) Lchown(name string, uid, gid int) error {
	return d.tree("lchown", name, func(t disk.Tree) error { return t.Lchown(name, uid, gid) })
}

func (d *failingDirectory) Lchtimes(name string, accessed, modified time.Time) error {
	return d.tree("lchtimes", name, func(t disk.Tree) error { return t.Lchtimes(name, accessed, modified) })
}
