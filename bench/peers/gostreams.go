package main

import (
	"context"
	"iter"

	"github.com/reugn/go-streams"
	"github.com/reugn/go-streams/extension"
	"github.com/reugn/go-streams/flow"
	"golang.org/x/sync/errgroup"
)

// go-streams carries values of any type and has no errors and no contexts: the
// source is a channel that its user closes, and what still comes out must be
// received. Reading the last flow's channel saves the two hops of its sinks.

func goStreamsSource[T any](ctx context.Context, source iter.Seq[T]) streams.Source {
	in := make(chan any, buffer[T]())
	go func() {
		defer close(in)
		for v := range source {
			if trySend[any](ctx, in, v) != nil {
				return
			}
		}
	}()
	return extension.NewChanSource(in)
}

// goStreamsSink receives until the end. An error of the sink ends the source.
func goStreamsSink[T any](ctx context.Context, cancel context.CancelFunc, out streams.Outlet, sink func(T) error) error {
	var failed error
	for v := range out.Out() {
		if failed != nil {
			continue
		}
		if failed = sink(v.(T)); failed != nil {
			cancel()
		}
	}
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

func goStreamsLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	last := goStreamsSource(ctx, source).Via(flow.NewMap(steps[0], 1))
	for _, step := range steps[1:] {
		last = last.Via(flow.NewMap(step, 1))
	}
	return goStreamsSink(ctx, cancel, last, sink)
}

func goStreamsUnordered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return goStreamsSink(ctx, cancel, goStreamsSource(ctx, source).Via(flow.NewMap(steps[0], workers)), sink)
}

func goStreamsTee(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return goStreamsSinks(ctx, cancel, flow.FanOut(goStreamsSource(ctx, source), len(sinks)), sinks)
}

func goStreamsPartition(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	outs := flow.Split(goStreamsSource(ctx, source), func(v int) bool { return v%2 == 0 })
	return goStreamsSinks(ctx, cancel, outs[:], sinks)
}

func goStreamsSinks(
	ctx context.Context, cancel context.CancelFunc, outs []streams.Flow, sinks []func(int) error,
) error {
	var g errgroup.Group
	for i, out := range outs {
		g.Go(func() error { return goStreamsSink(ctx, cancel, out, sinks[i]) })
	}
	return g.Wait()
}

func goStreamsMerge(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var ins []streams.Flow
	for _, source := range sources {
		ins = append(ins, goStreamsSource(ctx, source).Via(flow.NewPassThrough()))
	}
	return goStreamsSink(ctx, cancel, flow.Merge(ins...), sink)
}
