package storagetest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/storagetest"
)

// The suite asks nothing that only a file system can do: memory passes it.
func TestMemory(t *testing.T) {
	t.Run("source", func(t *testing.T) {
		storagetest.Source(t, storagetest.SourceDriver{
			Open: func(_ *testing.T, content []byte) storage.Source {
				return &object{content: content, opened: len(content)}
			},
			Change: func(_ *testing.T, src storage.Source, content []byte) { src.(*object).put(content) },
		})
	})
	t.Run("sink", func(t *testing.T) {
		storagetest.Sink(t, func(*testing.T) (storage.Sink, func() ([]byte, bool)) {
			u := &upload{}
			return u, u.stored
		})
	})
}

// object is a value with a version, as in an object store.
type object struct {
	mu      sync.Mutex
	content []byte // guarded by mu
	version int64  // guarded by mu
	opened  int
}

func (o *object) put(content []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.content, o.version = content, o.version+1
}

func (o *object) Size() int64 { return int64(o.opened) }

func (o *object) Identity(ctx context.Context) (checkpoint.Identity, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return checkpoint.Identity{Size: int64(len(o.content)), ModTime: o.version}, context.Cause(ctx)
}

func (o *object) OpenAt(ctx context.Context, offset int64) (io.ReadCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if offset < 0 || offset > int64(o.opened) {
		return nil, errors.New("offset outside")
	}
	return io.NopCloser(bytes.NewReader(o.content[offset:])), context.Cause(ctx)
}

var errEnded = errors.New("ended")

// upload is a value on its way.
type upload struct {
	mu               sync.Mutex
	parts, committed []byte // guarded by mu
	done, aborted    bool   // guarded by mu
}

func (u *upload) stored() ([]byte, bool) { return u.committed, u.done }

func (u *upload) use(ctx context.Context, do func()) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.done || u.aborted {
		return errEnded
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	do()
	return nil
}

func (u *upload) WriteAt(ctx context.Context, p []byte, offset int64) (int, error) {
	n := 0
	err := u.use(ctx, func() {
		end := int(offset) + len(p)
		u.parts = slices.Grow(u.parts, end)
		u.parts = u.parts[:max(len(u.parts), end)]
		n = copy(u.parts[offset:], p)
	})
	return n, err
}

func (u *upload) Sync(ctx context.Context) error { return u.use(ctx, func() {}) }

func (u *upload) Commit(ctx context.Context) error {
	return u.use(ctx, func() { u.committed, u.done = u.parts, true })
}

func (u *upload) Abort(context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.aborted = true
	return nil
}
