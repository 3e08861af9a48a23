package stages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sourcegraph/conc/panics"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/storage"
)

// Discard is the sink of a stream whose bytes are wanted nowhere: it tells
// arrived how many came with each chunk, and lets them go.
func Discard(arrived func(bytes int)) pipeline.Sink[*Chunk] {
	return Storing{Arrived: arrived}.Sink()
}

// Storing says what becomes of the chunks of a stream. The zero value lets them go.
type Storing struct {
	// To is where they are written, each at its own offset; nil means nowhere. Holes are
	// left out where it is a [storage.Grower], which is made long enough in the end.
	To storage.Sink
	// Save is called for marked chunks, when what To has of the stream up to the
	// chunk's end was synced: one call at a time, beside the writing. A mark that
	// comes while another is being saved is saved after it, unless a newer one comes
	// meanwhile, or the stream goes on and ends. nil means that nothing is saved. Its
	// error ends the stream.
	Save func(context.Context, Safe) error
	// Arrived, when set, is told of each chunk's bytes, in order.
	Arrived func(bytes int)
}

// Safe is what of a stream would survive a power cut.
type Safe struct {
	Offset int64  // bytes from the stream's very start
	Chunk  int64  // number of the chunk that ended there
	State  []byte // of the digests, after so many bytes
}

// Sink is the last of the five stages.
func (s Storing) Sink() pipeline.Sink[*Chunk] {
	return func(ctx context.Context, in iter.Seq2[*Chunk, error]) error {
		v := s.saver()
		defer func() { _ = v.wait() }() // a panic does not get to end
		err := v.all(ctx, in)
		return v.finish(ctx, err)
	}
}

func (s Storing) saver() saver {
	if s.Arrived == nil {
		s.Arrived = func(int) {}
	}
	v := saver{Storing: s}
	v.grower, _ = s.To.(storage.Grower)
	return v
}

// saver saves one mark at a time while the stream goes on.
type saver struct {
	Storing
	grower storage.Grower // To, where it is one
	hole   int64          // where the stream ends, where its last chunk was left out; otherwise 0
	saving chan error     // of the mark that is being saved; nil when none is
	due    *Safe          // the last mark, where it has to wait for that one; nil for none
	end    int64          // of the last chunk
}

func (v *saver) all(ctx context.Context, in iter.Seq2[*Chunk, error]) error {
	for c, err := range in {
		if err != nil {
			return err
		}
		if err := v.store(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// store writes a chunk, lets it go, and tells that it has arrived.
func (v *saver) store(ctx context.Context, c *Chunk) error {
	bytes := c.Size()
	if err := v.keep(ctx, c); err != nil {
		return err
	}
	v.Arrived(bytes)
	return nil
}

func (v *saver) keep(ctx context.Context, c *Chunk) error {
	defer c.Release()
	if err := v.write(ctx, c); err != nil {
		return err
	}
	v.end = c.End()
	if c.Mark && v.Save != nil {
		v.due = &Safe{Offset: c.End(), Chunk: c.Number, State: c.State}
	}
	return v.next(ctx)
}

// write writes a chunk, unless it is a hole that To can do without.
func (v *saver) write(ctx context.Context, c *Chunk) error {
	v.hole = 0
	switch {
	case v.To == nil:
	case c.Hole && v.grower != nil:
		v.hole = c.End()
	default:
		if _, err := v.To.WriteAt(ctx, c.Data, c.Offset); err != nil {
			return fmt.Errorf("write at %d: %w", c.Offset, err)
		}
	}
	return nil
}

// next begins to save the mark that is due, unless another is being saved. It returns
// what became of that.
func (v *saver) next(ctx context.Context) error {
	if v.due == nil {
		return nil
	}
	saved, err := v.saved()
	if err == nil && saved {
		v.begin(ctx, *v.due)
	}
	return err
}

// finish waits for what is being saved, and at the end of a stream that err did not end
// adds the hole that it ends with, and saves its last chunk's mark.
func (v *saver) finish(ctx context.Context, err error) error {
	saved := v.wait()
	if err != nil || saved != nil {
		return cmp.Or(err, saved)
	}
	if err := v.grow(ctx, v.hole); err != nil {
		return err
	}
	if v.due != nil && v.due.Offset == v.end {
		v.begin(ctx, *v.due)
	}
	return v.wait()
}

// begin saves a mark. The goroutine is waited for by wait, at the latest. A panic in
// it is the stream's error.
func (v *saver) begin(ctx context.Context, at Safe) {
	v.saving, v.due = make(chan error, 1), nil // one: nobody may be waiting
	go func(done chan<- error) {
		err := errUnsaved
		defer func() { done <- err }()
		if r := panics.Try(func() { err = v.save(ctx, at) }); r != nil {
			err = &pipeline.PanicError{Value: r.Value, Stack: r.Stack}
		}
	}(v.saving)
}

// errUnsaved stands where Save has ended its goroutine.
var errUnsaved = errors.New("stages: Save called runtime.Goexit")

func (v *saver) save(ctx context.Context, at Safe) error {
	if err := v.grow(ctx, at.Offset); err != nil { // the last of it may be a hole
		return err
	}
	if v.To != nil {
		if err := v.To.Sync(ctx); err != nil {
			return fmt.Errorf("sync up to %d: %w", at.Offset, err)
		}
	}
	return v.Save(ctx, at)
}

// grow makes sure that so many bytes are there, where some may have been left out.
func (v *saver) grow(ctx context.Context, size int64) error {
	if v.grower == nil || size == 0 {
		return nil
	}
	if err := v.grower.Grow(ctx, size); err != nil {
		return fmt.Errorf("grow to %d: %w", size, err)
	}
	return nil
}

// saved reports whether nothing is being saved, and what became of the last.
func (v *saver) saved() (bool, error) {
	if v.saving == nil {
		return true, nil
	}
	select {
	case err := <-v.saving:
		v.saving = nil
		return true, err
	default:
		return false, nil
	}
}

func (v *saver) wait() error {
	if v.saving == nil {
		return nil
	}
	err := <-v.saving
	v.saving = nil
	return err
}
