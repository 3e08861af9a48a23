package batch

import (
	"context"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// File is one file that a walk came to, or what it met where there should have
// been files. It is a small value, and holds nothing open.
type File struct {
	// Path is the file as it is printed: the argument and the way below it. Of
	// the argument "." only the way is left.
	Path string
	// Err, where it is set, says why there is nothing to open: a missing
	// argument, a directory that cannot be read, a FIFO that was named.
	Err error
	// Standard says that this is standard input, named by "-".
	Standard bool

	tree *tree // nil for what was named itself
	skip int   // what stands in Path before the name below the tree
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
