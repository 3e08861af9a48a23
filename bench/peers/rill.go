package main

import (
	"context"
	"iter"
	"time"

	"github.com/destel/rill"
	"golang.org/x/sync/errgroup"
)

// rill has no contexts: the source has to look at one, and the caller cancels
// it when ForEach, which goes on draining in the background, has returned.
// rill's channels are unbuffered. Its Buffer is a goroutine and a channel more,
// with which a chain is slower.

// until is source, until ctx is done.
func until[T any](ctx context.Context, source iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range source {
			if ctx.Err() != nil || !yield(v) {
				return
			}
		}
	}
}

// rillSink is ForEach, which takes a source that ended early for one that came to
// its end.
func rillSink[T any](ctx context.Context, in rill.Stream[T], sink func(T) error) error {
	if err := rill.ForEach(in, 1, sink); err != nil {
		return err
	}
	return ctx.Err()
}

func rillStep[T any](step func(T) T) func(T) (T, error) {
	return func(v T) (T, error) { return step(v), nil }
}

func rillLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := rill.FromSeq(until(ctx, source), nil)
	for _, step := range steps {
		s = rill.Map(s, 1, rillStep(step))
	}
	return rillSink(ctx, s, sink)
}

// rillBatch is rill's own answer to what an item costs: batches that are filled
// from a timer on.
func rillBatch[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := rill.Batch(rill.FromSeq(until(ctx, source), nil), 64, time.Millisecond)
	for _, step := range steps {
		s = rill.Map(s, 1, func(batch []T) ([]T, error) {
			for i, v := range batch {
				batch[i] = step(v)
			}
			return batch, nil
		})
	}
	return rillSink(ctx, s, func(batch []T) error {
		for _, v := range batch {
			if err := sink(v); err != nil {
				return err
			}
		}
		return nil
	})
}

func rillOrdered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := rill.OrderedMap(rill.FromSeq(until(ctx, source), nil), workers, rillStep(steps[0]))
	return rillSink(ctx, s, sink)
}

func rillUnordered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := rill.Map(rill.FromSeq(until(ctx, source), nil), workers, rillStep(steps[0]))
	return rillSink(ctx, s, sink)
}

func rillTee(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first, second := rill.Tee(rill.FromSeq(until(ctx, source), nil))
	return rillSinks(ctx, first, second, sinks)
}

func rillPartition(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	even, odd := rill.Split2(rill.FromSeq(until(ctx, source), nil), 1, func(v int) (bool, error) { return v%2 == 0, nil })
	return rillSinks(ctx, even, odd, sinks)
}

func rillSinks(ctx context.Context, first, second rill.Stream[int], sinks []func(int) error) error {
	var g errgroup.Group
	g.Go(func() error { return rillSink(ctx, first, sinks[0]) })
	g.Go(func() error { return rillSink(ctx, second, sinks[1]) })
	return g.Wait()
}

func rillMerge(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var ins []rill.Stream[int]
	for _, source := range sources {
		ins = append(ins, rill.FromSeq(until(ctx, source), nil))
	}
	return rillSink(ctx, rill.Merge(ins...), sink)
}
