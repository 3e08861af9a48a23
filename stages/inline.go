package stages

import (
	"context"
	"time"

	"github.com/penstock-go/penstock/stages/digest"
)

// inline runs the five stages one after another on the caller's goroutine. What is
// to be read is below the streaming trigger and so one chunk, unless it has holes, or so
// many other streams run that a chunk has to be smaller. Each chunk is let go of before
// the next is read: a stream that waits for memory while it has some could wait for
// itself.
//
// Small files are many, and so it does what the stages do to a chunk without what
// would link them: that took two thirds of a small file's allocations.
func (t Transfer) inline(ctx context.Context) error {
	t.Sizer = Fixed(StreamingTrigger)
	if t.Control != nil {
		t.Sizer = Fixed(t.Control.chunk(StreamingTrigger))
	}
	reading := t.reading()
	behind := inlined{control: t.Control, limiter: t.Limiter, set: t.Set, saver: t.storing().saver(), note: func(int, time.Time) {}}
	if t.Control != nil {
		reading.Wait = func(ctx context.Context, left int64) error { return t.Control.beforeRead(ctx, t.Stop, left) }
		behind.note = t.Control.flow.arrived
	}
	err := Read(t.Source, reading)(ctx, func(c *Chunk) error { return behind.all(ctx, c) })
	return behind.saver.finish(ctx, err)
}

// inlined is the stages behind Read, of a stream that marks nothing.
type inlined struct {
	control *Control
	limiter Limiter
	set     *digest.Set
	saver   saver
	note    func(bytes int, at time.Time)
}

// all takes a chunk through them, in pieces where it has to be.
func (b *inlined) all(ctx context.Context, c *Chunk) error {
	return emitPieces(c, b.control.maxChunk, func(c *Chunk) error { return b.piece(ctx, c) })
}

func (b *inlined) piece(ctx context.Context, c *Chunk) error {
	err := hold(c, (*Chunk).Release, func() error {
		if err := wait(ctx, b.limiter, c); err != nil {
			return err
		}
		return sum(b.set, c)
	})
	if err != nil {
		return err
	}
	bytes, at := c.Size(), c.at
	if err := b.saver.store(ctx, c); err != nil {
		return err
	}
	b.note(bytes, at)
	return nil
}
