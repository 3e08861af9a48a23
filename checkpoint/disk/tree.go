package disk

import (
	"io/fs"
	"time"
)

// Tree is a Directory with directories and links in it.
type Tree interface {
	Directory
	Brancher
	Linker
}

// Brancher makes directories and opens them. None of the names lasts before
// [SyncNames].
type Brancher interface {
	Mkdir(name string, perm fs.FileMode) error
	// Branch opens the directory name, and never waits for a FIFO. It may go through a
	// symbolic link to another directory beneath: compare Lstat of the name, before,
	// with Lstat of "." in what was opened.
	Branch(name string) (Tree, error)
}

// Linker makes links, hard and symbolic, and sets what a symbolic link has itself.
type Linker interface {
	Symlink(target, name string) error
	// Link gives the file name, which may be a symbolic link, the name as in the
	// directory into, where there must be none.
	Link(name string, into Tree, as string) error
	Lchown(name string, uid, gid int) error
	// Lchtimes sets what is not zero.
	Lchtimes(name string, accessed, modified time.Time) error
}
