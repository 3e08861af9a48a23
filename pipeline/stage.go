package pipeline

import (
	"context"
	"iter"
)

// A Stage is a plain blocking function. It can be tested with a slice and no
// pipeline; its state is local variables, its cleanup is defer, and what it
// does at the end of the stream stands after the loop.
//
// in yields (item, nil) for each item and, only as its last pair, (zero, err)
// when the stream was cut short, so that a cut stream never looks like a
// finished one. It may be ranged over again to go on where the last loop
// stopped, by one goroutine at a time. An item that was yielded is the
// stage's.
//
// emit blocks while the link is full. With the item goes its ownership, also
// when emit returns an error: the item has then been handed to [Drop], and the
// caller must not touch it. A stage returns the errors of in and emit as they
// are. emit may be called from several goroutines of a stage, which then keep
// no order among them, and never after the stage has returned.
type Stage[In, Out any] func(ctx context.Context, in iter.Seq2[In, error], emit func(Out) error) error

// A Source is a stage without input. Its emit is that of a [Stage].
type Source[T any] func(ctx context.Context, emit func(T) error) error

// A Sink is a stage without output. Its in is that of a [Stage]. A sink that
// returns nil before the end of its input ends the run, without an error.
type Sink[T any] func(ctx context.Context, in iter.Seq2[T, error]) error

// From adds a source.
func From[T any](p *Pipeline, name string, source Source[T], opts ...Option) Stream[T] {
	n := newNode(p, "From", name)
	n.needs(source != nil)
	out := newLink[T](n, gather(opts, optLink, n.fault), nil)
	n.run = func(ctx context.Context) error {
		return source(ctx, emitter(ctx, out))
	}
	return Stream[T]{out}
}

// Via adds a stage. It is the operator that the others could be made of.
func Via[In, Out any](s Stream[In], name string, stage Stage[In, Out], opts ...Option) Stream[Out] {
	return via(s, "Via", name, given(stage != nil), stage, opts)
}

func via[In, Out any](
	s Stream[In], kind, name string, function given, stage Stage[In, Out], opts []Option,
) Stream[Out] {
	n, in := consume(s, kind, name)
	n.needs(function)
	out := newLink(n, gather(opts, optLink, n.fault), inherit[Out](in))
	n.run = func(ctx context.Context) error {
		return stage(ctx, in.all(ctx), emitter(ctx, out))
	}
	return Stream[Out]{out}
}

// Into adds a sink. It returns the pipeline, ready to run if no other stream
// of it is left without a consumer.
func Into[T any](s Stream[T], name string, sink Sink[T]) *Pipeline {
	n, in := consume(s, "Into", name)
	n.needs(sink != nil)
	n.run = func(ctx context.Context) error { return sink(ctx, in.all(ctx)) }
	return n.p
}

func emitter[T any](ctx context.Context, out *link[T]) func(T) error {
	c := out.carrier
	return func(v T) error { return c.send(ctx, v) }
}

// inherit returns the Drop of in where it takes the type of the output.
func inherit[Out, In any](in *inlet[In]) func(Out) {
	release, _ := any(in.drop.release).(func(Out))
	return release
}
