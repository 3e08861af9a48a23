package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
)

// The engine is measured as it comes: with the buffers and slabs that it
// chooses by itself.

func engineLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	s := pipeline.From(pipeline.New("line"), "source", pipeline.FromSeq(source))
	for i, step := range steps {
		s = pipeline.Map(s, fmt.Sprintf("step %d", i), engineStep(step))
	}
	return pipeline.Each(s, "sink", engineSink(sink)).Run(ctx)
}

func engineStep[T any](step func(T) T) func(context.Context, T) (T, error) {
	return func(_ context.Context, v T) (T, error) { return step(v), nil }
}

func engineSink[T any](sink func(T) error) func(context.Context, T) error {
	return func(_ context.Context, v T) error { return sink(v) }
}

func engineOrdered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	s := pipeline.From(pipeline.New("ordered"), "source", pipeline.FromSeq(source))
	s = pipeline.Map(s, "map", engineStep(steps[0]), pipeline.Workers(workers))
	return pipeline.Each(s, "sink", engineSink(sink)).Run(ctx)
}

func engineUnordered(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
	s := pipeline.From(pipeline.New("unordered"), "source", pipeline.FromSeq(source))
	s = pipeline.Map(s, "map", engineStep(steps[0]), pipeline.Workers(workers), pipeline.Unordered())
	return pipeline.Each(s, "sink", engineSink(sink)).Run(ctx)
}

func engineTee(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	p := pipeline.New("tee")
	s := pipeline.From(p, "source", pipeline.FromSeq(source))
	return engineSinks(ctx, p, pipeline.Tee(s, "tee", len(sinks)), sinks)
}

func enginePartition(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	p := pipeline.New("partition")
	s := pipeline.From(p, "source", pipeline.FromSeq(source))
	byItself := func(v int) int { return v }
	return engineSinks(ctx, p, pipeline.Partition(s, "partition", len(sinks), byItself), sinks)
}

func engineSinks(
	ctx context.Context, p *pipeline.Pipeline, outs []pipeline.Stream[int], sinks []func(int) error,
) error {
	for i, out := range outs {
		pipeline.Each(out, fmt.Sprintf("sink %d", i), engineSink(sinks[i]))
	}
	return p.Run(ctx)
}

func engineMerge(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
	p := pipeline.New("merge")
	var ins []pipeline.Stream[int]
	for i, source := range sources {
		ins = append(ins, pipeline.From(p, fmt.Sprintf("source %d", i), pipeline.FromSeq(source)))
	}
	return pipeline.Each(pipeline.Merge("merge", ins), "sink", engineSink(sink)).Run(ctx)
}
