package local

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/penstock-go/penstock/stages/storage"
)

// Options say how names beneath a root are resolved. The zero value follows
// nothing.
type Options struct {
	// Follow goes after symbolic links, out of the root too.
	Follow bool
}

// Root is a directory that names are resolved beneath, always the one that was
// opened, whatever becomes of its path. It may be used from several goroutines.
type Root struct {
	anchor anchor
	guard  guard
	path   string
	follow bool
}

// OpenRoot opens dir, through symbolic links: somebody named it. Close it.
func OpenRoot(ctx context.Context, dir string, o Options) (*Root, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	a, err := openAnchor(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: explainNamed(dir, cause(err))}
	}
	return &Root{anchor: a, path: dir, follow: o.Follow}, nil
}

// Path is where the root is, as it was named.
func (r *Root) Path() string { return r.path }

// longName is how much of a name is resolved at once, bytes: the system takes
// less than 4,096 (PATH_MAX), the root's own path included on some.
const longName = 2048

// Open opens the regular file name, which is relative and has slashes between
// its parts, and may be longer than any path that the system takes. It looks
// before it opens, so that a device is not even touched.
func (r *Root) Open(ctx context.Context, name string) (*File, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(name) > longName {
		if way := strings.LastIndexByte(name[:longName], '/'); way > 0 {
			return r.openBelow(ctx, name[:way], name[way+1:])
		}
	}
	if err := r.guard.enter(); err != nil {
		return nil, r.fail("open", name, err)
	}
	defer r.leave()
	seen, err := r.anchor.glance(name, r.follow)
	if err == nil {
		err = regular(seen)
	}
	if err != nil {
		return nil, r.fail("open", name, r.explain(name, err))
	}
	return r.openFile(ctx, name, &seen)
}

// openBelow opens name in the directory at the end of the way.
func (r *Root) openBelow(ctx context.Context, way, name string) (*File, error) {
	dir, err := r.OpenRoot(ctx, way)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	return dir.Open(ctx, name)
}

// OpenListed is Open for a name that a directory's listing has just given as a
// regular file. It spares the look beforehand and is as safe, but for one thing:
// a device or FIFO that took the file's place since is opened, and closed.
func (r *Root) OpenListed(ctx context.Context, name string) (*File, error) {
	return r.openFile(ctx, name, nil)
}

// openFile opens name, which was seen beforehand unless seen is nil.
func (r *Root) openFile(ctx context.Context, name string, seen *Status) (*File, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := r.guard.enter(); err != nil {
		return nil, r.fail("open", name, err)
	}
	defer r.leave()
	h, err := r.open(name, wantFile)
	if leased(err) {
		h, err = openLeased(ctx, func() (handle, error) { return r.open(name, wantFile) })
	}
	if err != nil {
		return nil, r.fail("open", name, r.explain(name, err))
	}
	f, err := newFile(h, seen)
	if err != nil {
		return nil, r.fail("open", name, err)
	}
	f.root, f.name = r.path, name
	return f, nil
}

// Stat looks at name without opening it: at a symbolic link itself, unless the
// root follows them.
func (r *Root) Stat(ctx context.Context, name string) (Status, error) {
	if err := context.Cause(ctx); err != nil {
		return Status{}, err
	}
	if err := r.guard.enter(); err != nil {
		return Status{}, r.fail("stat", name, err)
	}
	defer r.leave()
	s, err := r.stat(name)
	if err != nil {
		return Status{}, r.fail("stat", name, r.explain(name, err))
	}
	return s, nil
}

// OpenRoot opens a directory beneath as a root of its own, with the same
// options. Close it; it does not need r any more.
func (r *Root) OpenRoot(ctx context.Context, name string) (*Root, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := r.guard.enter(); err != nil {
		return nil, r.fail("open", name, err)
	}
	defer r.leave()
	a, err := r.anchor.openAnchor(name, r.follow)
	if err != nil {
		return nil, r.fail("open", name, r.explain(name, err))
	}
	return &Root{anchor: a, path: join(r.path, name), follow: r.follow}, nil
}

// Close releases the directory, once the calls under way have returned.
func (r *Root) Close() error {
	last, err := r.guard.close()
	if last {
		err = r.anchor.close()
	}
	if err != nil {
		return &fs.PathError{Op: "close", Path: r.path, Err: err}
	}
	return nil
}

func (r *Root) leave() {
	if r.guard.leave() {
		_ = r.anchor.close()
	}
}

func (r *Root) open(name string, w want) (handle, error) {
	if r.follow {
		return r.anchor.follow(name, w)
	}
	return r.anchor.open(name, w)
}

func (r *Root) stat(name string) (Status, error) {
	if r.follow {
		return r.anchor.lookThrough(name)
	}
	return r.anchor.look(name)
}

func (r *Root) explain(name string, err error) error {
	if r.follow {
		return explainNamed(join(r.path, name), cause(err))
	}
	return explainBeneath(join(r.path, name), cause(err))
}

func (r *Root) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: join(r.path, name), Err: err}
}

// join is the path of name as the user would write it: "." adds nothing.
func join(root, name string) string {
	switch {
	case root == ".":
		return name
	case name == ".":
		return root
	case root[len(root)-1] == filepath.Separator:
		return root + name
	default:
		return root + string(filepath.Separator) + name
	}
}

func regular(s Status) error {
	if s.Mode.IsRegular() {
		return nil
	}
	return &storage.NotRegularError{Mode: s.Mode}
}
