package pipeline

import (
	"context"
	"iter"
)

// Map adds a stage that calls f for every item and emits what it returns, in
// the order of the items. With Workers(n) up to n calls run at once. The item
// is f's, also when f returns an error, which ends the run; [ErrStop] ends the
// stream without one, after the results of the items before.
func Map[In, Out any](
	s Stream[In], name string, f func(context.Context, In) (Out, error), opts ...Option,
) Stream[Out] {
	n, in := consume(s, "Map", name)
	n.needs(f != nil)
	set := gather(opts, optLink|optWorking, n.fault)
	out := newLink(n, set, inherit[Out](in))
	n.workers = set.workers
	if n.workers > 1 || set.gate != nil {
		p := &parallel[In, Out]{node: n, in: in, call: f, out: out, ordered: !set.unordered, gate: set.gate}
		n.run = p.run
		return Stream[Out]{out}
	}
	n.run = func(ctx context.Context) error { return mapEach(ctx, in.all(ctx), f, emitter(ctx, out)) }
	return Stream[Out]{out}
}

func mapEach[In, Out any](
	ctx context.Context, in iter.Seq2[In, error], f func(context.Context, In) (Out, error), emit func(Out) error,
) error {
	for v, err := range in {
		if err != nil {
			return err
		}
		r, err := f(ctx, v)
		if err != nil {
			return err
		}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

// Each adds the usual sink: it calls f for every item, in order, and with
// Workers(n) up to n times at once, in no order. The item is f's. An error of f
// ends the run; [ErrStop] ends it without one.
func Each[T any](s Stream[T], name string, f func(context.Context, T) error, opts ...Option) *Pipeline {
	n, in := consume(s, "Each", name)
	n.needs(f != nil)
	set := gather(opts, optWorking, n.fault)
	n.workers = set.workers
	if n.workers > 1 || set.gate != nil {
		p := &parallel[T, struct{}]{node: n, in: in, gate: set.gate, call: func(ctx context.Context, v T) (struct{}, error) {
			return struct{}{}, f(ctx, v)
		}}
		n.run = p.run
		return n.p
	}
	n.run = func(ctx context.Context) error {
		for v, err := range in.all(ctx) {
			if err != nil {
				return err
			}
			if err := f(ctx, v); err != nil {
				return err
			}
		}
		return nil
	}
	return n.p
}
