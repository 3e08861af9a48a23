package batch

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage/local"
)

const (
	// longWay is how long the way below one tree may be before the next
	// directory becomes a tree of its own: a path of more than 4,096 bytes
	// (PATH_MAX) cannot be opened at once, and one of 500 directories takes
	// the kernel 30 µs each time.
	longWay = 1024
	// listBuffer is what a directory is listed through, as glibc does.
	listBuffer = 32 << 10
	// listedPerCheck is how many names are listed between two looks at ctx.
	listedPerCheck = 1024
)

// errLoop stands in the error of a directory that is inside of itself.
var errLoop = errors.New("symbolic links lead back into it; what is in it was listed already")

// descent is one walk under way: where it is, and the names still to visit on
// every level above. Directories are opened one at a time, by their way below
// the tree, so that depth costs no descriptors.
type descent struct {
	of      *Walk
	emit    func(File) error
	names   names
	dirs    []dir
	path    []byte // of the directory on top, with a slash at its end, or empty
	base    int    // what stands in path before the way below the argument
	scratch []byte

	argument int  // how many have been begun
	standard bool // standard input has been handed on
}

// dir is a directory on the way down to the current one.
type dir struct {
	path int // how much of the descent's path is its own
	tree *tree
	skip int // what stands in path before the way below tree
	id   checkpoint.Identity
}

func newDescent(w *Walk, emit func(File) error) *descent {
	d := &descent{
		of: w, scratch: make([]byte, listBuffer),
		names: names{memory: w.options.Memory, disk: runs{dir: w.options.TempDir}},
	}
	d.emit = func(f File) error {
		f.argument = d.argument
		return emit(f)
	}
	return d
}

// walk visits the tree that was named path.
func (d *descent) walk(ctx context.Context, path string) error {
	d.path = append(d.path[:0], prefix(path)...)
	d.base = len(d.path)
	t := &tree{path: shown(d.path), follow: d.of.options.Follow}
	if err := d.of.trees.plant(ctx, t); err != nil {
		return d.emit(File{Path: path, Err: err})
	}
	if err := d.enter(ctx, dir{path: len(d.path), tree: t, skip: len(d.path)}); err != nil {
		return err
	}
	for len(d.dirs) > 0 && ctx.Err() == nil {
		if err := d.step(ctx); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// step visits the next name of the directory on top.
func (d *descent) step(ctx context.Context) error {
	top := d.dirs[len(d.dirs)-1]
	d.path = d.path[:top.path]
	name, err := d.names.next()
	switch {
	case err != nil:
		return cmp.Or(d.fail(ctx, listError(d.path, err)), d.leave())
	case name == nil:
		return d.leave()
	}
	d.path = append(d.path, name...)
	switch name[len(name)-1] {
	case '/':
	case linkMark:
		d.path = d.path[:len(d.path)-1]
		return d.hand(SymbolicLink, top)
	default:
		return d.hand(RegularFile, top)
	}
	below := dir{path: len(d.path), tree: top.tree, skip: top.skip}
	if len(d.path)-top.skip > longWay {
		below.tree = &tree{parent: top.tree, path: string(d.path[top.skip : len(d.path)-1])}
		below.skip = len(d.path)
		if err := d.of.trees.plant(ctx, below.tree); err != nil {
			return d.fail(ctx, err)
		}
	}
	return d.enter(ctx, below)
}

// enter lists the directory and puts its names on top, to be visited next.
func (d *descent) enter(ctx context.Context, at dir) error {
	opened, err := at.tree.openDir(ctx, d.way(at))
	if err != nil {
		return d.fail(ctx, err)
	}
	defer func() { _ = opened.Close() }()
	at.id = opened.Identity()
	if wanted, err := d.wanted(ctx, at); !wanted {
		return err
	}
	if err := d.handDirectory(Directory, at); err != nil {
		return err
	}
	d.dirs = append(d.dirs, at)
	d.names.begin()
	listed, kept := d.list(ctx, opened, at)
	if kept == nil {
		kept = d.names.end()
	}
	switch {
	case kept != nil:
		return cmp.Or(d.fail(ctx, listError(d.path, kept)), d.leave())
	case listed != nil: // what came before the error is visited all the same
		return d.fail(ctx, listed)
	}
	return nil
}

// hand hands on the current path.
func (d *descent) hand(kind Kind, in dir) error {
	return d.emit(File{Kind: kind, Path: string(d.path), tree: in.tree, skip: in.skip, below: d.base})
}

// handDirectory hands on the directory at, where directories are wanted.
func (d *descent) handDirectory(kind Kind, at dir) error {
	if !d.of.options.Directories {
		return nil
	}
	path := shown(d.path[:at.path])
	return d.emit(File{Kind: kind, Path: path, tree: at.tree, skip: at.skip, below: d.base})
}

// way is the directory's name below its tree.
func (d *descent) way(at dir) string {
	if at.path == at.skip {
		return "."
	}
	return string(d.path[at.skip : at.path-1])
}

// wanted says whether the directory is to be listed; where it is not, its error
// is one of emit.
func (d *descent) wanted(ctx context.Context, at dir) (bool, error) {
	o := &d.of.options
	if o.OneFileSystem && len(d.dirs) > 0 && at.id.Device != d.dirs[0].id.Device {
		d.of.skip(string(d.path[:at.path-1]), SkipFileSystem)
		return false, nil
	}
	if o.Follow {
		for _, above := range d.dirs {
			if same(above.id, at.id) {
				return false, d.fail(ctx, listError(d.path, errLoop))
			}
		}
	}
	return true, nil
}

// list puts what is wanted of the directory into names. listed is what was
// wrong with the directory, kept with the names.
func (d *descent) list(ctx context.Context, opened *local.Dir, at dir) (listed, kept error) {
	n := 0
	listed = opened.Entries(d.scratch, func(e local.Entry) error {
		if n++; n%listedPerCheck == 0 && ctx.Err() != nil {
			kept = context.Cause(ctx)
			return kept
		}
		kept = d.entry(ctx, e, at)
		return kept
	})
	return listed, kept
}

// entry takes a name into names, or leaves it out.
func (d *descent) entry(ctx context.Context, e local.Entry, at dir) error {
	d.path = append(d.path[:at.path], e.Name...)
	defer func() { d.path = d.path[:at.path] }()
	kind, why := d.kind(ctx, e, at)
	if why == keep && !d.of.filter.all() && !d.of.filter.keeps(string(d.path[d.base:]), string(e.Name), kind.IsDir()) {
		why = SkipExcluded
	}
	if why != keep {
		d.of.skip(string(d.path), why)
		return nil
	}
	switch {
	case kind.IsDir():
		d.path = append(d.path, '/')
	case kind&fs.ModeSymlink != 0:
		d.path = append(d.path, linkMark)
	}
	return d.names.add(d.path[at.path:])
}

// linkMark stands behind the name of a symbolic link among the names, as a slash
// does behind a directory's: no name has it, and it sorts before every other byte.
const linkMark = 0

// keep is no reason to leave anything out.
const keep Skip = -1

// kind is the entry's type, after another look where the listing does not tell
// all. What cannot be looked at is taken for a file: opening it says why.
func (d *descent) kind(ctx context.Context, e local.Entry, at dir) (fs.FileMode, Skip) {
	kind := e.Type
	look := kind == local.TypeUnknown || kind == fs.ModeSymlink && d.of.options.Follow
	for _, s := range d.of.options.Skip {
		look = look || s.Inode == e.Inode || e.Inode == 0
	}
	if look {
		s, err := at.tree.stat(ctx, string(d.path[at.skip:]))
		if err != nil {
			return 0, keep
		}
		kind = s.Mode.Type()
		if d.of.named(s.Identity) {
			return kind, SkipNamed
		}
	}
	if kind.IsRegular() && unfinishedName(e.Name) {
		return kind, SkipUnfinished
	}
	if kind.IsDir() || kind.IsRegular() || kind == fs.ModeSymlink && d.of.options.Links {
		return kind, keep
	}
	return kind, skipOf(kind)
}

// unfinishedName reports whether a file is being written by package local, or was left
// behind by a crash: nobody may take it for what it was to be.
func unfinishedName(name []byte) bool {
	if name[0] != '.' { // as few are
		return false
	}
	is, _ := filepath.Match(local.TempPattern, string(name)) // the pattern is none that is malformed
	return is
}

// leave ends the visit of the directory on top.
func (d *descent) leave() error {
	d.names.drop()
	top := d.dirs[len(d.dirs)-1]
	d.dirs = d.dirs[:len(d.dirs)-1]
	return d.handDirectory(Leave, top)
}

// fail hands on what is wrong with the current path, which err holds already.
// That ctx has ended is wrong with the walk and no path of it.
func (d *descent) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return d.emit(File{Path: shown(d.path), Err: err})
}

func listError(path []byte, err error) error {
	return &fs.PathError{Op: "read directory", Path: shown(path), Err: err}
}

// shown is a directory's path as it is printed.
func shown(path []byte) string {
	if len(path) < 2 {
		return cmp.Or(string(path), ".")
	}
	return strings.TrimSuffix(string(path), "/")
}

// prefix is what stands before the names of the tree that was named path: the
// path without what says nothing, but with its "..", which symbolic links make
// more than the removal of a name.
func prefix(path string) string {
	var b strings.Builder
	if strings.HasPrefix(path, "/") {
		b.WriteByte('/')
	}
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			b.WriteString(part)
			b.WriteByte('/')
		}
	}
	return b.String()
}
