package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/storage"
)

// large copies a file of which a record is kept, in the steps that package
// checkpoint prescribes.
func (t *transit) large(ctx context.Context) error {
	record, decision, err := t.recover(ctx)
	if err != nil {
		return err
	}
	t.record, t.final = record, record.Temp.Identity
	switch decision.Action {
	case checkpoint.Start, checkpoint.Refuse:
		err = t.start(ctx, decision)
	case checkpoint.Continue:
		err = t.resume(ctx, decision.Offset)
	case checkpoint.Publish:
		err = t.publishLeft(ctx)
	case checkpoint.Finish:
		err = t.last(ctx)
	case checkpoint.AlreadyDone:
		err = t.folder.SyncNames(ctx) // which says whether it is still where it was
	}
	if err != nil {
		return t.leave(ctx, err)
	}
	t.result.Outcome, t.result.record = Copied, t.id
	t.result.final = checkpoint.File{Path: t.name, Identity: t.final}
	return nil
}

// recover asks what may be done, given the record and what is there. Where that
// needs the digests of what was read, they are restored.
func (t *transit) recover(ctx context.Context) (checkpoint.Record, checkpoint.Decision, error) {
	record, err := t.load(ctx)
	if err != nil {
		return record, checkpoint.Decision{}, err
	}
	if record.Stream == "" {
		return record, checkpoint.Recover(nil, checkpoint.Found{}, checkpoint.Found{}, t.src.Opened()), nil
	}
	temp, _, err := t.folder.Look(ctx, record.Temp.Path)
	if err != nil {
		return record, checkpoint.Decision{}, err
	}
	final, _, err := t.folder.Look(ctx, t.name)
	if err != nil {
		return record, checkpoint.Decision{}, err
	}
	d := checkpoint.Recover(&record, temp, final, t.src.Opened())
	if d.Action == checkpoint.Start || d.Action == checkpoint.Refuse {
		t.Resume.ignored(t.result.Path, errors.New(d.Reason))
		return record, d, nil
	}
	if err := t.restore(record); err != nil {
		t.Resume.ignored(t.result.Path, err)
		return record, checkpoint.Decision{Action: checkpoint.Start, RemoveTemp: true, Reason: err.Error()}, nil
	}
	return record, d, nil
}

// load returns the stream's record, or one without a stream where there is none to
// be used.
func (t *transit) load(ctx context.Context) (checkpoint.Record, error) {
	record, err := t.Resume.Store.Load(ctx, t.id)
	switch {
	case errors.Is(err, checkpoint.ErrNotFound):
		return checkpoint.Record{}, nil
	case errors.Is(err, checkpoint.ErrUnusable):
		t.Resume.ignored(t.result.Path, err)
		return checkpoint.Record{}, nil
	case err != nil:
		return record, fmt.Errorf("load checkpoint: %w", err)
	}
	return record, nil
}

// errOtherDigests is why a copy in the middle is not continued.
var errOtherDigests = errors.New("other digests were asked for")

// restore brings the digests to where the record says.
func (t *transit) restore(record checkpoint.Record) error {
	if len(record.Digests) != 1 || record.Digests[0].Algorithm != joined(t.Algorithms) {
		return errOtherDigests
	}
	if err := t.set.UnmarshalBinary(record.Digests[0].State); err != nil {
		return err
	}
	t.result.Sums = t.set.Sums() // good once all is read
	return nil
}

// start begins anew: without the old record first, so that no crash leaves it beside
// a file that it does not speak of.
func (t *transit) start(ctx context.Context, d checkpoint.Decision) error {
	old := t.record
	if err := t.Resume.Store.Delete(ctx, t.id); err != nil {
		return fmt.Errorf("delete checkpoint: %w", err)
	}
	t.record, t.result.Resumed = checkpoint.Record{}, 0
	if d.RemoveTemp {
		if _, err := t.folder.Discard(ctx, old.Temp); err != nil {
			return err
		}
	}
	t.set.Reset()
	sink, err := t.folder.Create(ctx, t.name)
	if err != nil {
		return err
	}
	if err := t.begin(ctx, sink); err != nil {
		return err
	}
	// A power cut would take the temporary file's name otherwise, and with it the
	// bytes that were synced.
	if err := t.folder.SyncNames(ctx); err != nil {
		return err
	}
	return t.fill(ctx)
}

// resume goes on with the temporary file.
func (t *transit) resume(ctx context.Context, offset int64) (err error) {
	if t.sink, err = t.folder.Resume(ctx, t.name, t.record.Temp, offset); err != nil {
		return err
	}
	t.own()
	t.offset, t.chunks, t.progress = offset, t.record.Chunk, offset
	t.result.Resumed = offset
	if offset > 0 {
		t.recovering()
		if t.Resume.Continued != nil {
			t.Resume.Continued(t.result.Path, offset)
		}
	}
	return t.fill(ctx)
}

// fill copies what is left, reads it back, and gives the copy its name.
func (t *transit) fill(ctx context.Context) (err error) {
	if t.follower, err = t.follow(ctx); err != nil {
		return err
	}
	both, reading := errgroup.WithContext(ctx)
	both.Go(func() error { return apart(func() error { return t.follower.run(reading) }) })
	both.Go(func() error {
		return apart(func() error {
			if err := t.transfer(reading, t.save); err != nil {
				return err
			}
			return t.complete(ctx) // whatever becomes of the reading: half of it is worse than all
		})
	})
	if err := both.Wait(); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	return t.publish(ctx)
}

// complete gives the copy what it is to have besides its bytes, and syncs it.
func (t *transit) complete(ctx context.Context) error {
	if err := t.finish(ctx); err != nil {
		return err
	}
	if err := t.sink.Sync(ctx); err != nil {
		return err
	}
	state, err := t.set.MarshalBinary()
	if err != nil {
		return err
	}
	at := stages.Safe{Offset: t.src.Size(), Chunk: t.record.Chunk, State: state}
	if err := t.keep(ctx, checkpoint.Synced, at); err != nil {
		return err
	}
	t.follower.mayRead(at.Offset)
	return nil
}

// save keeps what is safe in the middle.
func (t *transit) save(ctx context.Context, at stages.Safe) error {
	if err := t.keep(ctx, checkpoint.Copying, at); err != nil {
		return err
	}
	t.progress = at.Offset
	t.follower.mayRead(at.Offset)
	return nil
}

// keep saves a record, after what it speaks of was synced.
func (t *transit) keep(ctx context.Context, state checkpoint.State, at stages.Safe) error {
	temp, err := t.sink.Temp(ctx)
	if err != nil {
		return err
	}
	return t.saveRecord(ctx, checkpoint.Record{
		Stream: t.id, Job: t.Job, State: state,
		Source:      checkpoint.File{Path: t.result.Path, Identity: t.src.Opened()},
		Destination: t.sink.Path(), Temp: temp,
		Offset: at.Offset, Chunk: at.Chunk,
		Digests: []checkpoint.DigestState{{Algorithm: joined(t.Algorithms), State: at.State}},
		Time:    time.Now(),
	})
}

func (t *transit) saveRecord(ctx context.Context, r checkpoint.Record) error {
	if err := t.Resume.Store.Save(ctx, r); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	t.record = r
	return nil
}

// publish gives the copy its name.
func (t *transit) publish(ctx context.Context) error {
	if err := t.sink.Publish(ctx); err != nil {
		return err
	}
	t.disown()
	var err error
	if t.final, err = t.sink.Identity(ctx); err != nil {
		return err
	}
	return t.published(ctx)
}

// publishLeft gives its name to what an earlier run has written.
func (t *transit) publishLeft(ctx context.Context) (err error) {
	if err = t.checkWhole(ctx); err != nil {
		if !unsound(err) || ctx.Err() != nil {
			return err
		}
		return errors.Join(err, t.drop(ctx))
	}
	if t.final, err = t.folder.Publish(ctx, t.record.Temp, t.name); err != nil {
		return err
	}
	return t.published(ctx)
}

// drop removes what an earlier run has left, its record first, as in start.
func (t *transit) drop(ctx context.Context) error {
	if err := t.Resume.Store.Delete(ctx, t.id); err != nil {
		return fmt.Errorf("delete checkpoint: %w", err)
	}
	_, err := t.folder.Discard(ctx, t.record.Temp)
	return err
}

// published goes on where the copy has its name.
func (t *transit) published(ctx context.Context) error {
	if err := t.reached(ctx, checkpoint.Renamed); err != nil {
		return err
	}
	return t.last(ctx)
}

// last makes the name last.
func (t *transit) last(ctx context.Context) error {
	if err := t.folder.SyncNames(ctx); err != nil {
		return err
	}
	return t.reached(ctx, checkpoint.Done)
}

// reached saves the record with another state.
func (t *transit) reached(ctx context.Context, state checkpoint.State) error {
	r := t.record
	r.State, r.Time = state, time.Now()
	return t.saveRecord(ctx, r)
}

// leave ends an attempt that failed. The temporary file and its record stay where a
// later attempt can go on with them.
func (t *transit) leave(ctx context.Context, err error) error {
	if t.temp == nil {
		return err
	}
	useful := t.record.Stream != "" && !errors.Is(err, storage.ErrChanged) && (ctx.Err() != nil || !unsound(err))
	if useful && t.sink.Leave(context.WithoutCancel(ctx)) == nil {
		t.disown()
		return err
	}
	// The record goes first, as in start.
	if t.record.Stream != "" {
		err = errors.Join(err, t.Resume.Store.Delete(context.WithoutCancel(ctx), t.id))
	}
	return errors.Join(err, t.temp.Release(ctx))
}
