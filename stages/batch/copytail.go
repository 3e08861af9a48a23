package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// pending is a small copy that is written and not committed.
type pending struct {
	sink *local.Sink
	temp *cleanup.Handle
}

// copyTail is what is done with copies in the order of the walk: they are committed
// in groups, read back, and told of.
type copyTail struct {
	*Copying
	out func(CopyResult) error
	// firsts are the copies that others are to be names of. Used by commit alone.
	firsts map[string]checkpoint.File
	synced time.Time // when the journal was last; used by results alone
}

func (t *copyTail) after(results pipeline.Stream[CopyResult]) *pipeline.Pipeline {
	groups := pipeline.Batch(results, "group", groupFiles, groupEvery)
	committed := pipeline.Map(groups, "commit", t.commit)
	each := pipeline.FlatMap(committed, "apart", func(_ context.Context, group []CopyResult, emit func(CopyResult) error) error {
		for _, r := range group {
			if err := emit(r); err != nil {
				return err
			}
		}
		return nil
	})
	verified := pipeline.Map(each, "verify", t.verify, pipeline.Workers(workers()))
	return pipeline.Each(verified, "results", t.tell)
}

// commit makes the group's copies last.
func (t *copyTail) commit(ctx context.Context, group []CopyResult) ([]CopyResult, error) {
	var together local.Group
	var of []*CopyResult
	for i := range group {
		if r := &group[i]; r.pending != nil {
			together.Add(r.pending.sink)
			of = append(of, r)
		}
	}
	for i, err := range together.Commit(ctx) {
		of[i].committed(ctx, err)
	}
	for i := range group {
		r := &group[i]
		if r.Err == nil && r.first {
			if t.firsts == nil {
				t.firsts = make(map[string]checkpoint.File)
			}
			t.firsts[r.Name] = checkpoint.File{Path: r.Name, Identity: r.final.Identity}
		}
		if r.Err == nil {
			r.Err = t.afterwards(ctx, r)
		}
	}
	return group, context.Cause(ctx)
}

// committed notes what became of a copy.
func (r *CopyResult) committed(ctx context.Context, err error) {
	p := r.pending
	r.pending = nil
	if err == nil {
		p.temp.Keep()
		r.Outcome = Copied
		r.final.Path = path.Base(r.Name)
		r.final.Identity, err = p.sink.Identity(ctx)
	}
	r.Err = err
}

// afterwards does what has to wait for the files before it.
func (t *copyTail) afterwards(ctx context.Context, r *CopyResult) error {
	switch {
	case r.linkTo != "":
		first, ok := t.firsts[r.linkTo]
		if !ok {
			return fmt.Errorf("it is another name of %s, which was not copied", r.linkTo)
		}
		return t.Target.Link(ctx, first, r.Name)
	case r.Kind == Leave:
		return t.leave(ctx, r)
	}
	return nil
}

// leave gives a directory that is complete what it is to have, and makes it last.
func (t *copyTail) leave(ctx context.Context, r *CopyResult) error {
	meta, err := r.meta(ctx, t.Keep)
	var lost, unset *local.LostError
	if err != nil && !errors.As(err, &lost) {
		return err
	}
	if err := t.Target.SetDir(ctx, r.Name, meta); err != nil && !errors.As(err, &unset) {
		return err
	}
	if lost != nil || unset != nil {
		r.Lost = errors.Join(lost, unset)
	}
	folder, err := t.Target.Folder(ctx, r.Name)
	if err != nil {
		return err
	}
	return errors.Join(folder.SyncNames(ctx), folder.Close())
}

// VerifyError says that a copy is not what was read, although everything that wrote
// it said that all is well.
type VerifyError struct{ Path string }

// Error says what to do.
func (e *VerifyError) Error() string {
	return fmt.Sprintf("the copy %s is not what was read, and was removed: the storage or the memory is failing", e.Path)
}

// RetryClass lets it be copied once more.
func (*VerifyError) RetryClass() retry.Class { return retry.Unknown }

// verify reads a copy back.
func (t *copyTail) verify(ctx context.Context, r CopyResult) (CopyResult, error) {
	if done := r.Err != nil || r.Outcome != Copied || t.Verify == VerifyNone; done {
		return r, nil
	}
	r.Err = apart(func() error { return t.readBack(ctx, &r) })
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
	sum, err := t.digest(ctx, f)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(sum, r.Sums[0]) {
		return errors.Join(&VerifyError{f.Path()}, folder.Discard(ctx, r.final))
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

// digest reads a copy for its first digest.
func (t *copyTail) digest(ctx context.Context, src storage.Source) ([]byte, error) {
	first := t.Algorithms[:1]
	set := t.sets.get(first)
	err := stages.Transfer{
		Source: src, Set: set, Control: t.Control, Workers: workers(),
		Arrived: func(bytes int) { t.Reread.Add(int64(bytes)) },
	}.Run(ctx)
	if err != nil {
		return nil, err
	}
	sum := set.Sums()[0]
	t.sets.put(first, set)
	return sum, nil
}

// tell hands on a result, and keeps that it is done.
func (t *copyTail) tell(ctx context.Context, r CopyResult) error {
	if r.Err != nil && retry.Classify(r.Err).EndsJob() {
		return r.Err
	}
	if r.Err == nil {
		if err := t.keep(ctx, r); err != nil {
			return err
		}
	}
	return t.out(r)
}

// keep notes in the journal what is done, and deletes its record after that.
func (t *copyTail) keep(ctx context.Context, r CopyResult) error {
	if r.Outcome != Copied {
		return nil
	}
	if t.Journal != nil {
		e := checkpoint.Entry{Path: entryPath(r.File), Source: r.source, Destination: r.final.Identity}
		for i, a := range t.Algorithms {
			e.Digests = append(e.Digests, checkpoint.Digest{Algorithm: a.String(), Sum: r.Sums[i]})
		}
		if err := t.note(ctx, e, r.record != ""); err != nil {
			return fmt.Errorf("keep in the journal: %w", err)
		}
	}
	if r.record == "" {
		return nil
	}
	return t.Resume.Store.Delete(ctx, r.record)
}

// journalEvery is how much of what is done a power cut may take out of the journal:
// it is only copied again.
const journalEvery = time.Second

// note appends to the journal, and syncs it at once if it must last, or else now and
// then.
func (t *copyTail) note(ctx context.Context, e checkpoint.Entry, last bool) error {
	if err := t.Journal.Append(ctx, e); err != nil {
		return err
	}
	if !last && time.Since(t.synced) < journalEvery {
		return nil
	}
	t.synced = time.Now()
	return t.Journal.Sync(ctx)
}
