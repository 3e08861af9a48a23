package main

import (
	"context"
	"iter"

	"github.com/deliveryhero/pipeline/v2"
)

// deliveryhero/pipeline is channels and functions that process what comes. Its
// sends look at no context, so that whoever leaves early has to drain.

func deliveryheroSource[T any](ctx context.Context, source iter.Seq[T]) <-chan T {
	out := make(chan T, buffer[T]())
	go func() {
		defer close(out)
		for v := range source {
			if trySend(ctx, out, v) != nil {
				return
			}
		}
	}()
	return out
}

func deliveryheroStep[T any](step func(T) T) pipeline.Processor[T, T] {
	return pipeline.NewProcessor(
		func(_ context.Context, v T) (T, error) { return step(v), nil },
		func(T, error) {},
	)
}

func deliveryheroSink[T any](
	ctx context.Context, cancel context.CancelFunc, out <-chan T, sink func(T) error,
) error {
	for v := range out {
		if err := sink(v); err != nil {
			cancel()
			pipeline.Drain(out)
			return err
		}
	}
	return ctx.Err()
}

func deliveryheroLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := deliveryheroSource(ctx, source)
	for _, step := range steps {
		out = pipeline.Process(ctx, deliveryheroStep(step), out)
	}
	return deliveryheroSink(ctx, cancel, out, sink)
}

func deliveryheroUnordered(
	ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := deliveryheroSource(ctx, source)
	out := pipeline.ProcessConcurrently(ctx, workers, deliveryheroStep(steps[0]), in)
	return deliveryheroSink(ctx, cancel, out, sink)
}

func deliveryheroMerge(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var ins []<-chan int
	for _, source := range sources {
		ins = append(ins, deliveryheroSource(ctx, source))
	}
	return deliveryheroSink(ctx, cancel, pipeline.Merge(ins...), sink)
}
