package batch

import (
	"context"
	"errors"
	"fmt"
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
