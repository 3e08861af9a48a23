package batch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// openTrees is how many trees keep their directory open. One is enough for an
// argument; the others serve files of arguments before it that are still
// waiting, and the inner parts of trees too deep for one path.
const openTrees = 32

// tree is a directory that files are opened beneath. Its descriptor is parked,
// that is closed, when many other trees came after it; a file of a parked tree
// opens it once more for itself. So no file needs to be given back, and any
// number of arguments takes a bounded number of descriptors.
type tree struct {
	parent *tree  // nil where path was named
	path   string // as it was named, or the way below parent
	follow bool
	id     checkpoint.Identity
	root   atomic.Pointer[local.Root] // nil when parked
}

func (t *tree) openFile(ctx context.Context, name string) (f *local.File, err error) {
	err = t.with(ctx, func(r *local.Root) error {
		f, err = r.OpenListed(ctx, name)
		return err
	})
	return f, err
}

func (t *tree) openDir(ctx context.Context, name string) (d *local.Dir, err error) {
	err = t.with(ctx, func(r *local.Root) error {
		d, err = r.OpenDir(ctx, name)
		return err
	})
	return d, err
}

func (t *tree) stat(ctx context.Context, name string) (s local.Status, err error) {
	err = t.with(ctx, func(r *local.Root) error {
		s, err = r.Stat(ctx, name)
		return err
	})
	return s, err
}

// with calls use with the tree's root, which is opened for the call where it is
// parked or is being parked just now.
func (t *tree) with(ctx context.Context, use func(*local.Root) error) error {
	if r := t.root.Load(); r != nil {
		if err := use(r); !errors.Is(err, os.ErrClosed) {
			return err
		}
	}
	r, id, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if !id.SameFile(t.id) {
		return &fs.PathError{Op: "open", Path: r.Path(), Err: &storage.ChangedError{Before: t.id, After: id}}
	}
	return use(r)
}

// open opens the tree's directory and says which it is.
func (t *tree) open(ctx context.Context) (r *local.Root, id checkpoint.Identity, err error) {
	if t.parent == nil {
		r, err = local.OpenRoot(ctx, t.path, local.Options{Follow: t.follow})
	} else {
		err = t.parent.with(ctx, func(parent *local.Root) error {
			r, err = parent.OpenRoot(ctx, t.path)
			return err
		})
	}
	if err != nil {
		return nil, id, err
	}
	s, err := r.Stat(ctx, ".")
	if err != nil {
		return nil, id, errors.Join(err, r.Close())
	}
	return r, s.Identity, nil
}

// trees keeps the most recent ones open.
type trees struct {
	mu   sync.Mutex
	ring [openTrees]*tree // guarded by mu
	next int              // guarded by mu
}

// plant opens t and parks the one that was opened longest ago.
func (ts *trees) plant(ctx context.Context, t *tree) error {
	r, id, err := t.open(ctx)
	if err != nil {
		return err
	}
	t.id = id
	t.root.Store(r)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	oldest := ts.ring[ts.next]
	ts.ring[ts.next] = t
	ts.next = (ts.next + 1) % openTrees
	return oldest.park()
}

// close parks all.
func (ts *trees) close() error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var errs []error
	for i, t := range ts.ring {
		errs = append(errs, t.park())
		ts.ring[i] = nil
	}
	return errors.Join(errs...)
}

func (t *tree) park() error {
	if t == nil {
		return nil
	}
	if r := t.root.Swap(nil); r != nil {
		return r.Close()
	}
	return nil
}
