package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// VerifyError says that a copy is not what was read, although everything that wrote
// it said that all is well.
type VerifyError struct {
	Path    string
	Removed bool // by whoever found it out
}

// Error says what to do.
func (e *VerifyError) Error() string {
	what := "remove it"
	if e.Removed {
		what = "it was removed"
	}
	return fmt.Sprintf("the copy %s is not what was read; %s: the storage or the memory is failing", e.Path, what)
}

// verify reads a copy back that was not read back while it was written.
func (t *copyTail) verify(ctx context.Context, r *CopyResult) (*CopyResult, error) {
	if done := r.Err != nil || r.Outcome != Copied || r.verified || t.Verify == VerifyNone; done {
		return r, nil
	}
	r.Err = apart(func() error { return t.readBack(ctx, r) })
	return r, context.Cause(ctx)
}

func (t *copyTail) readBack(ctx context.Context, r *CopyResult) error {
	folder, err := t.Target.Folder(ctx, path.Dir(r.Name))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }() // it was only read
	f, err := t.reopen(ctx, folder, r)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	defer func() { _ = f.Close() }()
	set := t.sets.get(t.Algorithms[:1])
	if err := t.reread(ctx, f, set, 0); err != nil {
		return err
	}
	sum := set.Sums()[0]
	t.sets.put(t.Algorithms[:1], set)
	if !bytes.Equal(sum, r.Sums[0]) {
		removed, err := folder.Discard(ctx, r.final)
		return errors.Join(&VerifyError{f.Path(), removed}, err)
	}
	return nil
}

// reopen opens the copy, from the medium where that is wanted and can be had.
func (t *copyTail) reopen(ctx context.Context, folder *local.Folder, r *CopyResult) (*local.File, error) {
	if t.Verify == VerifyMedium {
		f, err := folder.Reread(ctx, r.final, local.FromMedium)
		if !errors.Is(err, local.ErrCached) {
			return f, err
		}
		t.Cached.Add(1)
	}
	return folder.Reread(ctx, r.final, local.FromCache)
}

// reread reads what has been written of a copy, from offset on.
func (c *Copying) reread(ctx context.Context, src storage.Source, set *digest.Set, offset int64) error {
	err := stages.Transfer{
		Source: src, Set: set, Control: c.Control, Workers: workers(), Offset: offset,
		Arrived: func(bytes int) { c.Reread.Add(int64(bytes)) },
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	return nil
}

// follower reads a large copy back while it is written, as far as it was synced, so
// that little is left to be read when the writing is done.
type follower struct {
	*Copying
	copy   *local.Growing
	cached bool // the medium is not asked any more
	set    *digest.Set
	size   int64
	synced chan int64 // up to where; the newest alone
}

// follow begins to read back what t writes. There is nobody where that is not wanted, or
// cannot be had: then it is done in the end.
func (t *transit) follow(ctx context.Context) *follower {
	if t.Verify == VerifyNone {
		return nil
	}
	growing, err := t.sink.Growing(ctx)
	if err != nil {
		return nil
	}
	f := &follower{
		Copying: t.Copying, copy: growing, cached: t.Verify == VerifyCache,
		set: t.sets.get(t.Algorithms[:1]), size: t.src.Size(),
		synced: make(chan int64, 1), // one: the writer does not wait for it
	}
	f.reached(t.offset)
	return f
}

// reached says that the copy was synced up to offset. It is called by one goroutine at
// a time.
func (f *follower) reached(offset int64) {
	if f == nil {
		return
	}
	select {
	case <-f.synced: // what it has not taken is out of date
	default:
	}
	f.synced <- offset
}

// followedTo is what is read at once is cut to, bytes, before the end: no piece of a
// page cache, which the kernel drops whole, lies across a multiple of it.
const followedTo = 2 << 20

// run reads until the copy has its size.
func (f *follower) run(ctx context.Context) error {
	if f == nil {
		return nil
	}
	defer func() { _ = f.copy.Close() }() // it was only read
	for at := int64(0); at < f.size; {
		select {
		case end := <-f.synced:
			if end < f.size {
				end -= end % followedTo
			}
			if end <= at {
				continue
			}
			if err := f.read(ctx, at, end); err != nil {
				return err
			}
			at = end
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// read reads one piece, which counts among what is read a second time.
func (f *follower) read(ctx context.Context, at, end int64) error {
	if err := f.readers.Acquire(ctx); err != nil {
		return err
	}
	defer f.readers.Release()
	if !f.cached && f.copy.Evict(at, end-at) != nil {
		f.cached = true
		f.Cached.Add(1)
	}
	return f.reread(ctx, f.copy.UpTo(end), f.set, at)
}

// check holds what was read back, once it is all, against what was written.
func (f *follower) check(r *CopyResult, path string) error {
	if f == nil {
		return nil
	}
	sum := f.set.Sums()[0]
	f.sets.put(f.Algorithms[:1], f.set)
	if !bytes.Equal(sum, r.Sums[0]) {
		return &VerifyError{path, true} // by who is told
	}
	r.verified = true
	return nil
}
