package main

import (
	"context"
	"iter"
)

// seqLine is what the steps cost when nothing runs beside anything else: the
// lower bound where there is no work, and no pipeline where there is.
func seqLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	seq := until(ctx, source)
	for _, step := range steps {
		seq = mapped(seq, step)
	}
	for v := range seq {
		if err := sink(v); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func mapped[T any](seq iter.Seq[T], step func(T) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range seq {
			if !yield(step(v)) {
				return
			}
		}
	}
}
