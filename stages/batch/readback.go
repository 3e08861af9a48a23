package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"syscall"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// VerifyError says that a copy is not what was read, although everything that wrote
// it said that all is well.
type VerifyError struct {
	Path    string
	Placed  bool // it had its name already when it was found out
	Removed bool // by whoever found it out, where it was placed
}

// Error says what to do.
func (e *VerifyError) Error() string {
	const why = "the storage or the memory is failing"
	switch {
	case !e.Placed:
		return fmt.Sprintf("what was written for %s is not what was read, and does not get its name: %s", e.Path, why)
	case e.Removed:
		return fmt.Sprintf("the copy %s is not what was read; it was removed: %s", e.Path, why)
	default:
		return fmt.Sprintf("the copy %s is not what was read; remove it: %s", e.Path, why)
	}
}

// ReadBackError is of a copy that cannot be read back. What cannot be read is not to be
// gone on with: it is written again, to a new file.
type ReadBackError struct{ Err error }

// Error says what was tried.
func (e *ReadBackError) Error() string { return "read back: " + e.Err.Error() }

// Unwrap is what went wrong.
func (e *ReadBackError) Unwrap() error { return e.Err }

// unsound reports whether err says of a copy that it is not good.
func unsound(err error) bool {
	_, wrong := errors.AsType[*VerifyError](err)
	_, unreadable := errors.AsType[*ReadBackError](err)
	return wrong || unreadable
}

// verify reads a copy back that was not read back before it had its name.
func (t *copyTail) verify(ctx context.Context, r *CopyResult) (*CopyResult, error) {
	if done := r.Err != nil || r.Outcome != Copied || r.verified || t.Verify == VerifyNone; done {
		return r, nil
	}
	r.Err = apart(func() error { return t.placed(ctx, r) })
	return r, context.Cause(ctx)
}

// placed reads a copy back that has its name.
func (t *copyTail) placed(ctx context.Context, r *CopyResult) error {
	folder, err := t.Target.Folder(ctx, path.Dir(r.Name))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }() // it was only read
	same, err := t.readBack(ctx, folder, r.final, r.Sums[0], nil)
	if err != nil || same {
		return err
	}
	removed, err := folder.Discard(ctx, r.final)
	return errors.Join(&VerifyError{Path: filepath.Join(folder.Path(), path.Base(r.Name)), Placed: true, Removed: removed}, err)
}

// readBack reads a whole file of the folder, and reports whether it has that digest.
func (c *Copying) readBack(ctx context.Context, folder *local.Folder, file checkpoint.File, sum []byte, stop <-chan struct{}) (same bool, err error) {
	f, err := c.reopen(ctx, folder, file)
	if err != nil {
		return false, unreadable(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	set := c.sets.get(c.Algorithms[:1])
	if err := c.reread(ctx, stages.Transfer{Source: f, Set: set, Stop: stop}); err != nil {
		return false, err
	}
	same = bytes.Equal(set.Sums()[0], sum)
	c.sets.put(c.Algorithms[:1], set)
	return same, nil
}

// reopen opens a copy, from the medium where that is wanted and can be had.
func (c *Copying) reopen(ctx context.Context, folder *local.Folder, file checkpoint.File) (*local.File, error) {
	if c.Verify == VerifyMedium {
		f, err := folder.Reread(ctx, file, local.FromMedium)
		if !errors.Is(err, local.ErrCached) {
			return f, err
		}
		c.Cached.Add(1)
	}
	return folder.Reread(ctx, file, local.FromCache)
}

// reread runs a transfer that reads what was written.
func (c *Copying) reread(ctx context.Context, t stages.Transfer) error {
	t.Control, t.Workers = c.Control, workers()
	t.Arrived = func(bytes int) { c.Reread.Add(int64(bytes)) }
	err := t.Run(ctx)
	if err == nil || ctx.Err() != nil || errors.Is(err, stages.ErrStopped) {
		return err
	}
	return unreadable(err)
}

// unreadable is what came of reading back. What the process is short of says nothing of
// the copy, which may be gone on with.
func unreadable(err error) error {
	if retry.Classify(err) == retry.Memory || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return fmt.Errorf("read back: %w", err)
	}
	return &ReadBackError{err}
}

// follower reads a large copy back while it is written, as far as it was synced, so
// that little is left to be read when the writing is done. It is no stream of its own:
// it has its copy's place among those that may run.
type follower struct {
	copying *Copying
	file    *local.Growing
	set     *digest.Set
	size    int64
	synced  chan int64 // up to where; the newest alone
	cached  bool       // some of it was read from the cache; used by run, and after it
	stopped bool       // likewise: it was told to stop before it had read all
}

// follow begins to read back what t writes; nil is for nobody.
func (t *transit) follow(ctx context.Context) (*follower, error) {
	if t.Verify == VerifyNone {
		return nil, nil
	}
	growing, err := t.sink.Growing(ctx)
	if err != nil {
		return nil, unreadable(err)
	}
	f := &follower{
		copying: t.Copying, file: growing, set: t.sets.get(t.Algorithms[:1]), size: t.src.Size(),
		synced: make(chan int64, 1), // one: the writer does not wait for it
	}
	f.mayRead(t.offset)
	return f, nil
}

// mayRead says that the copy was synced up to offset. It is called by one goroutine at
// a time.
func (f *follower) mayRead(offset int64) {
	if f == nil {
		return
	}
	select {
	case <-f.synced: // what it has not taken is out of date
	default:
	}
	f.synced <- offset
}

// wholeFolios is a multiple of the largest piece of the page cache on most systems,
// bytes. The kernel drops a piece whole or not at all, so that what is read back of a
// file that grows ends where no piece lies across.
const wholeFolios = 2 << 20

// run reads until the copy has its size, or the batch is told to stop.
func (f *follower) run(ctx context.Context) error {
	if f == nil {
		return nil
	}
	defer func() { _ = f.file.Close() }() // it was only read
	for at := int64(0); at < f.size; {
		end := at
		select {
		case end = <-f.synced:
		case <-f.copying.Stop:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if f.stopped = closed(f.copying.Stop); f.stopped {
			return nil
		}
		if end < f.size {
			end -= end % wholeFolios
		}
		if end <= at {
			continue
		}
		if err := f.read(ctx, at, end); err != nil || f.stopped {
			return err
		}
		at = end
	}
	return nil
}

// read reads one piece.
func (f *follower) read(ctx context.Context, at, end int64) error {
	if f.copying.Verify == VerifyCache || f.file.Evict(at, end-at) != nil {
		f.cached = true
	}
	err := f.copying.reread(ctx, stages.Transfer{Source: f.file.UpTo(end), Set: f.set, Offset: at, Stop: f.copying.Stop})
	f.stopped = errors.Is(err, stages.ErrStopped)
	if f.stopped {
		return nil
	}
	return err
}

// check holds what was read back, once the writing is done, against what was written.
func (t *transit) check() error {
	f := t.follower
	switch {
	case f == nil:
		return nil
	case f.stopped:
		return stages.ErrStopped
	case !bytes.Equal(f.set.Sums()[0], t.result.Sums[0]):
		return &VerifyError{Path: t.sink.Path()}
	}
	t.sets.put(t.Algorithms[:1], f.set)
	if f.cached && t.Verify == VerifyMedium {
		t.Cached.Add(1)
	}
	t.result.verified = true
	return nil
}

// checkWhole is check for what an earlier run has written.
func (t *transit) checkWhole(ctx context.Context) error {
	if t.Verify == VerifyNone {
		return nil
	}
	same, err := t.readBack(ctx, t.folder, t.record.Temp, t.result.Sums[0], t.Stop)
	if err == nil && !same {
		err = &VerifyError{Path: filepath.Join(t.folder.Path(), t.name)}
	}
	t.result.verified = err == nil
	return err
}
