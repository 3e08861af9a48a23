package batch

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// pending is a small copy that is written and not committed.
type pending struct {
	sink   *local.Sink
	temp   *cleanup.Handle
	folder *local.Folder
}

// copyTail is what is done with copies in the order of the walk: they are committed
// in groups, read back, and told of.
type copyTail struct {
	*Copying
	out   func(CopyResult) error
	group int // files in one
	// firsts are the copies that others are to be names of. Used by commit alone.
	firsts map[string]CopyResult
	synced time.Time // when the journal was last; used by results alone
}

func (t *copyTail) after(results pipeline.Stream[*CopyResult], readers pipeline.Gate) *pipeline.Pipeline {
	// One group is filled while the bytes of another and the names of a third are synced;
	// more would only hold memory and descriptors.
	groups := pipeline.Batch(results, "group", t.group, groupEvery, pipeline.Buffer(1))
	synced := pipeline.Map(groups, "sync", t.sync, pipeline.Buffer(1))
	committed := pipeline.Map(synced, "commit", t.commit, pipeline.Buffer(1))
	each := pipeline.FlatMap(committed, "apart", func(_ context.Context, group []*CopyResult, emit func(*CopyResult) error) error {
		for _, r := range group {
			if err := emit(r); err != nil {
				return err
			}
		}
		return nil
	})
	verified := pipeline.Map(each, "verify", t.verify, pipeline.Workers(mostReaders), pipeline.Gated(readers))
	return pipeline.Each(verified, "results", t.tell)
}

// mostReaders is how many copies are read back at once, at most. From the medium that
// is one wait after another, which disks of every kind shorten when they know what comes
// next.
const mostReaders = 8

// sync makes the bytes of the group's small copies last.
func (t *copyTail) sync(ctx context.Context, group []*CopyResult) ([]*CopyResult, error) {
	var sinks []*local.Sink
	var of []*CopyResult
	for _, r := range group {
		if r.pending != nil {
			sinks, of = append(sinks, r.pending.sink), append(of, r)
		}
	}
	for i, err := range local.SyncTogether(ctx, sinks) {
		if err != nil {
			of[i].giveUp(ctx, err)
		}
	}
	return group, context.Cause(ctx)
}

// commit gives the group's copies, whose bytes last, their names, and makes these last
// with the directories that they are in.
func (t *copyTail) commit(ctx context.Context, group []*CopyResult) ([]*CopyResult, error) {
	var folders []*local.Folder
	var of []*CopyResult
	for _, r := range group {
		if r.pending != nil {
			r.publish(ctx)
		}
		if r.Err != nil {
			continue
		}
		folder, err := t.place(ctx, r)
		if r.Err = err; folder != nil {
			folders, of = append(folders, folder), append(of, r)
		}
	}
	// What has its name is better synced than not, whoever has ended the run.
	for i, err := range t.Target.SyncNames(context.WithoutCancel(ctx), folders) {
		if err != nil {
			of[i].Err = &UnsyncedError{err}
		}
		of[i].pending = nil
		_ = folders[i].Close() // it was synced
	}
	return group, context.Cause(ctx)
}

// UnsyncedError is of a copy that has its name, which may not survive a power cut.
type UnsyncedError struct{ Err error }

// Error says where it stands.
func (e *UnsyncedError) Error() string {
	return "is in place, but may not survive a power cut: " + e.Err.Error()
}

// Unwrap is what went wrong.
func (e *UnsyncedError) Unwrap() error { return e.Err }

// giveUp takes a small copy away.
func (r *CopyResult) giveUp(ctx context.Context, err error) {
	r.Err, r.pending = errors.Join(err, r.pending.temp.Release(ctx)), nil
}

// publish gives a small copy its name.
func (r *CopyResult) publish(ctx context.Context) {
	p := r.pending
	if err := p.sink.Publish(ctx); err != nil {
		r.giveUp(ctx, err)
		return
	}
	p.temp.Keep()
	r.Outcome = Copied
	r.final.Path = path.Base(r.Name)
	if r.final.Identity, r.Err = p.sink.Identity(ctx); r.Err != nil {
		_ = p.folder.Close()
		r.pending = nil
	}
}

// place does what has to wait for what comes before it in the walk, and returns the
// directory whose names are to last for it; nil for none.
func (t *copyTail) place(ctx context.Context, r *CopyResult) (*local.Folder, error) {
	if r.first {
		if t.firsts == nil {
			t.firsts = make(map[string]CopyResult)
		}
		t.firsts[r.Name] = CopyResult{Name: r.Name, Size: r.Size, Sums: r.Sums, final: r.final}
	}
	switch {
	case r.pending != nil:
		return r.pending.folder, nil
	case r.linkTo != "":
		if err := t.link(ctx, r); err != nil {
			return nil, err
		}
		return t.Target.Folder(ctx, path.Dir(r.Name))
	case r.Kind == Leave:
		if err := t.leave(ctx, r); err != nil {
			return nil, err
		}
		return t.Target.Folder(ctx, r.Name)
	case r.Kind == SymbolicLink:
		return t.Target.Folder(ctx, path.Dir(r.Name))
	}
	return nil, nil
}

func (t *copyTail) link(ctx context.Context, r *CopyResult) error {
	first, ok := t.firsts[r.linkTo]
	if !ok {
		return fmt.Errorf("it is another name of %s, which was not copied", r.linkTo)
	}
	if r.last {
		delete(t.firsts, r.linkTo)
	}
	r.Size, r.Sums = first.Size, first.Sums
	return t.Target.Link(ctx, checkpoint.File{Path: first.Name, Identity: first.final.Identity}, r.Name)
}

// leave gives a directory that is complete what it is to have.
func (t *copyTail) leave(ctx context.Context, r *CopyResult) error {
	meta, err := r.meta(ctx, t.Keep)
	if err = r.lose(err); err != nil {
		return err
	}
	return r.lose(t.Target.SetDir(ctx, r.Name, meta))
}

// tell hands on a result, and keeps that it is done.
func (t *copyTail) tell(ctx context.Context, r *CopyResult) error {
	if r.Err != nil && retry.Classify(r.Err).EndsJob() {
		return r.Err
	}
	if r.Err == nil {
		if err := t.keep(ctx, r); err != nil {
			return err
		}
	}
	return t.out(*r)
}

// keep notes in the journal what is done, and deletes its record after that.
func (t *copyTail) keep(ctx context.Context, r *CopyResult) error {
	if r.Outcome == Known {
		return t.forget(ctx, r)
	}
	if r.Outcome != Copied {
		return nil
	}
	if t.Journal != nil && !passing(r.Lost) {
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

// forget deletes the record of a file that the journal has: who noted it there may
// have been killed before.
func (t *copyTail) forget(ctx context.Context, r *CopyResult) error {
	if t.Control.Fits(r.Size) {
		return nil
	}
	id := t.streamID(r)
	if id == "" {
		return nil
	}
	_, err := t.Resume.Store.Load(ctx, id)
	if errors.Is(err, checkpoint.ErrNotFound) {
		return nil
	}
	return t.Resume.Store.Delete(ctx, id)
}

// passing reports whether some of the metadata was lost to what may pass: then the
// file is not done.
func passing(err error) bool {
	lost, ok := errors.AsType[*local.LostError](err)
	return ok && slices.ContainsFunc(lost.Lost, func(l local.Loss) bool { return retry.Classify(l.Err).Temporary() })
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
