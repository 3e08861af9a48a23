package main

import (
	"context"
	"iter"

	"github.com/sourcegraph/conc/stream"
)

// conc/stream is one ordered stage whose callbacks are the sink. Steps in a row
// are one task; stages of their own would be a stream and a channel each, which
// costs more than three times as much.

func concLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	return concStream(ctx, source, len(steps), func(v T) T {
		for _, step := range steps {
			v = step(v)
		}
		return v
	}, sink)
}

func concOrdered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	return concStream(ctx, source, workers, steps[0], sink)
}

func concStream[T any](
	ctx context.Context, source iter.Seq[T], goroutines int, step func(T) T, sink func(T) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	s := stream.New().WithMaxGoroutines(goroutines)
	for v := range until(ctx, source) {
		s.Go(func() stream.Callback {
			r := step(v)
			return func() {
				if failed != nil {
					return
				}
				if failed = sink(r); failed != nil {
					cancel()
				}
			}
		})
	}
	s.Wait()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}
