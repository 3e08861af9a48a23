package batch

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// defaultMemory holds 100,000 names of 14 bytes. Walking 300,000 in one directory
// takes 19 MiB of RSS with it, 27 with twice as much, 35 with four times, and is
// no faster for it: the temporary file never leaves the page cache.
const defaultMemory = 2 << 20

// ErrOutput is what is wrong with a path that is one of WalkOptions.Skip.
var ErrOutput = errors.New("is the output itself")

// ErrStandardAgain is what is wrong with standard input that is named a second time.
var ErrStandardAgain = errors.New("standard input can be read once; name - once (a file of that name is ./-)")

// WalkOptions say what is walked and how. The zero value walks nothing.
type WalkOptions struct {
	// Paths are walked in their order: a directory whole, a file by itself. A
	// symbolic link among them is followed, since somebody named it.
	Paths []string
	// More are further paths, each asked for when those before it are done. An
	// error of More ends the walk. nil means none.
	More iter.Seq2[string, error]
	// Filter chooses among what is below the paths; they themselves are always
	// taken, since somebody named them.
	Filter Filter
	// Follow goes through symbolic links inside of trees as well, wherever they
	// lead. A link back into a directory that it is in is an error, once.
	Follow bool
	// Directories hands on each directory below the paths and each that was named,
	// before what is in it and again after it. One that cannot be listed comes with
	// its error between the two.
	Directories bool
	// Links hands on the symbolic links that are not followed.
	Links bool
	// OneFileSystem leaves out directories on other devices than their argument.
	OneFileSystem bool
	// Standard makes of the path "-" a File that is Standard input, once: each further
	// one has the error [ErrStandardAgain].
	Standard bool
	// Skip are files and directories to leave out wherever they turn up below a path:
	// the output that is being written into the tree. One that is a path itself comes
	// with ErrOutput.
	Skip []checkpoint.Identity
	// OnSkip is called for everything that is left out, before the next file is
	// handed on. nil means nobody wants to know.
	OnSkip func(path string, why Skip)
	// Memory is the share of the names that wait to be visited; beyond it they
	// wait in a temporary file. Zero means 2 MiB.
	Memory int
	// TempDir is where that file is made. Empty means os.TempDir.
	TempDir string
}

// Walk lists the files of trees, one after another.
type Walk struct {
	options WalkOptions
	filter  filter
	trees   trees
	skipped skipped
}

// NewWalk checks the options, and says all that is wrong with them at once. The
// walk is to be closed, after which its files can still be opened.
func NewWalk(o WalkOptions) (*Walk, error) {
	f, err := o.Filter.compile()
	if err != nil {
		return nil, err
	}
	o.Memory = cmp.Or(o.Memory, defaultMemory)
	return &Walk{options: o, filter: f}, nil
}

// Files hands every file to emit, in an order that is the same each time: the
// paths as they were given, and beneath each the byte order of the whole path,
// which is that of `LC_ALL=C sort`. It returns the first error of emit, of ctx,
// or of More, joined with that of removing what it has written to sort by; whatever is
// wrong with a file or a directory comes as a [File] with Err.
func (w *Walk) Files(ctx context.Context, emit func(File) error) error {
	d := newDescent(w, emit)
	err := w.each(func(path string) error {
		d.argument++
		return w.path(ctx, d, path)
	})
	return errors.Join(err, d.names.close())
}

// Skipped is how many things were left out for the reason why. It may be called
// while Files is running.
func (w *Walk) Skipped(why Skip) int64 { return w.skipped[why].Load() }

// Close releases the directories that were kept open for files not yet opened.
func (w *Walk) Close() error { return w.trees.close() }

func (w *Walk) each(visit func(path string) error) error {
	for _, path := range w.options.Paths {
		if err := visit(path); err != nil {
			return err
		}
	}
	if w.options.More == nil {
		return nil
	}
	for path, err := range w.options.More {
		if err == nil {
			err = visit(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// path visits what was named.
func (w *Walk) path(ctx context.Context, d *descent, path string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if path == "-" && w.options.Standard {
		return d.standardInput()
	}
	s, err := local.Stat(ctx, path)
	if err != nil {
		return d.emit(File{Path: path, Err: err})
	}
	switch {
	case w.named(s.Identity):
		return d.emit(File{Path: path, Err: &fs.PathError{Op: "open", Path: path, Err: ErrOutput}})
	case s.Mode.IsDir():
		return d.walk(ctx, path)
	case !s.Mode.IsRegular():
		err = &fs.PathError{Op: "open", Path: path, Err: &storage.NotRegularError{Mode: s.Mode}}
		return d.emit(File{Path: path, Err: err})
	}
	return d.emit(File{Path: path})
}

func (d *descent) standardInput() error {
	if d.standard {
		return d.emit(File{Path: "-", Err: &fs.PathError{Op: "read", Path: "-", Err: ErrStandardAgain}})
	}
	d.standard = true
	return d.emit(File{Path: "-", Standard: true})
}

func (w *Walk) named(id checkpoint.Identity) bool {
	for _, s := range w.options.Skip {
		if same(s, id) {
			return true
		}
	}
	return false
}

// same is false where the system has no inodes to tell.
func same(a, b checkpoint.Identity) bool { return a.Inode != 0 && a.SameFile(b) }

func (w *Walk) skip(path string, why Skip) {
	w.skipped[why].Add(1)
	if w.options.OnSkip != nil {
		w.options.OnSkip(path, why)
	}
}
