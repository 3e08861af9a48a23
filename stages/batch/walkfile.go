package batch

import (
	"context"
	"errors"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// Kind is what a walk came to.
type Kind uint8

// The kinds. A walk hands on no other than files unless it is asked to.
const (
	RegularFile Kind = iota
	Directory        // before everything that is in it
	Leave            // the same directory, after everything that is in it
	SymbolicLink
)

// File is one file that a walk came to, or what it met where there should have
// been files. It is a small value, and holds nothing open.
type File struct {
	// Kind is what it is, where Err is nil.
	Kind Kind
	// Path is the file as it is printed: the argument and the way below it. Of
	// the argument "." only the way is left.
	Path string
	// Err, where it is set, says why there is nothing to open: a missing
	// argument, a directory that cannot be read, a FIFO that was named.
	Err error
	// Standard says that this is standard input, named by "-".
	Standard bool

	tree  *tree // nil for what was named itself
	skip  int   // what stands in Path before the name below the tree
	below int   // what stands in Path before the way below the argument

	argument int // the number of the path that was walked
}

// Below is the way from the argument to the file, with slashes between its parts:
// empty for what was named itself.
func (f File) Below() string {
	if f.tree == nil {
		return ""
	}
	return f.Path[min(f.below, len(f.Path)):]
}

// Argument is the path that was walked.
func (f File) Argument() string {
	if f.tree == nil {
		return f.Path
	}
	return shown([]byte(f.Path[:min(f.below, len(f.Path))]))
}

// status is what the file is now, by its name.
func (f File) status(ctx context.Context) (local.Status, error) {
	if f.tree == nil {
		return local.Stat(ctx, f.Path)
	}
	return f.tree.stat(ctx, f.Path[f.skip:])
}

// meta is what a directory has besides its names.
func (f File) meta(ctx context.Context, keep local.Keep) (m local.Meta, err error) {
	name := "."
	if f.skip < len(f.Path) {
		name = f.Path[f.skip:]
	}
	d, err := f.tree.openDir(ctx, name)
	if err != nil {
		return m, err
	}
	m, err = d.Meta(ctx, keep)
	return m, errors.Join(err, d.Close())
}

// readlink is what stands in a symbolic link, and what it has besides.
func (f File) readlink(ctx context.Context, keep local.Keep) (target string, m local.Meta, err error) {
	err = f.tree.with(ctx, func(r *local.Root) error {
		target, m, err = r.Readlink(ctx, f.Path[f.skip:], keep)
		return err
	})
	return target, m, err
}

// Open opens the file for reading, as often as wanted and also after the walk
// has ended. An error holds the path.
func (f File) Open(ctx context.Context) (*local.File, error) {
	switch {
	case f.Err != nil:
		return nil, f.Err
	case f.tree == nil:
		return local.Open(ctx, f.Path)
	default:
		return f.tree.openFile(ctx, f.Path[f.skip:])
	}
}
