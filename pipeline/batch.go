package pipeline

import (
	"context"
	"fmt"
	"time"
)

// Batch adds a stage that gathers items and emits them n at a time, fewer at
// the end of the stream, and fewer when every has passed since the first of
// them; an every of 0 waits for n. Each batch is a new slice and its
// consumer's. A link of batches holds 4 by itself.
func Batch[T any](s Stream[T], name string, n int, every time.Duration, opts ...Option) Stream[[]T] {
	stage, in := consume(s, "Batch", name)
	if n < 1 {
		stage.fault(fmt.Sprintf("a batch of %d items: it has at least 1", n))
	}
	if every < 0 {
		stage.fault(fmt.Sprintf("a batch every %v: it must not be negative", every))
	}
	set := gather(opts, optLink, stage.fault)
	if set.buffer == 0 && set.slab == 0 {
		set.buffer, set.slab = sizedBuffer, 1 // a batch is a chunk
	}
	b := &batcher[T]{in: in, n: n, every: every, out: newLink(stage, set, dropBatch(in.drop))}
	stage.run = b.run
	return Stream[[]T]{b.out}
}

// dropBatch is the Drop of batches whose items have one.
func dropBatch[T any](d dropper[T]) func([]T) {
	if d.release == nil {
		return nil
	}
	return func(batch []T) {
		for _, v := range batch {
			d.hand(v)
		}
	}
}

type batcher[T any] struct {
	in    *inlet[T]
	out   *link[[]T]
	n     int
	every time.Duration
	batch []T
}

func (b *batcher[T]) run(ctx context.Context) error {
	// Dropped as a batch, because as one it would have been emitted.
	defer func() {
		if b.batch != nil {
			b.out.drop.one(b.batch)
		}
	}()
	due := time.NewTimer(time.Hour)
	due.Stop()
	defer due.Stop()
	for {
		err := b.in.fill(ctx, due.C)
		switch {
		case err == errEnd: //nolint:errorlint // it never leaves the package
			return b.emit(ctx)
		case err == errAlarm: //nolint:errorlint // as above
			err = b.emit(ctx)
		case err == nil:
			err = b.gather(ctx, due)
		}
		if err != nil {
			return err
		}
	}
}

// gather moves what is in hand into the batch, up to the batch's size.
func (b *batcher[T]) gather(ctx context.Context, due *time.Timer) error {
	if b.batch == nil {
		b.batch = make([]T, 0, min(b.n, 256))
		if b.every > 0 {
			due.Reset(b.every)
		}
	}
	k := min(b.n-len(b.batch), len(b.in.slab)-b.in.next)
	b.batch = append(b.batch, b.in.slab[b.in.next:b.in.next+k]...)
	b.in.next += k
	if len(b.batch) < b.n {
		select {
		case <-due.C: // items that never stop coming must not hide it
		default:
			return nil
		}
	}
	return b.emit(ctx)
}

func (b *batcher[T]) emit(ctx context.Context) error {
	if b.batch == nil {
		return nil
	}
	batch := b.batch
	b.batch = nil // emit takes it, also if it refuses it
	return b.out.send(ctx, batch)
}
