package pipeline

import "context"

// Map adds a stage that calls f for every item and emits what it returns, in
// the order of the items. With Workers(n) up to n calls run at once. The item
// is f's, also when f returns an error, which ends the run; [ErrStop] ends it
// without one, after the results of the items before.
func Map[In, Out any](
	s Stream[In], name string, f func(context.Context, In) (Out, error), opts ...Option,
) Stream[Out] {
	n, in := consume(s, "Map", name)
	n.needs(f != nil, "function")
	set := gather(opts, optLink|optWorking, n.fault)
	out := newLink(n, set, inherit[Out](in))
	n.workers = set.workers
	n.run = func(ctx context.Context) error {
		emit := emitter(ctx, out)
		for v, err := range in.all(ctx) {
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
	return Stream[Out]{out}
}

// Each adds the usual sink: it calls f for every item. With Workers(n) up to n
// calls run at once, in no order. The item is f's.
func Each[T any](s Stream[T], name string, f func(context.Context, T) error, opts ...Option) *Pipeline {
	n, in := consume(s, "Each", name)
	n.needs(f != nil, "function")
	set := gather(opts, optWorking, n.fault)
	n.workers = set.workers
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
