package pipeline

import "context"

// Merge adds a stage that emits the items of all streams as they come. The
// items of each stream keep their order among themselves. It ends when all of
// them have.
func Merge[T any](name string, streams []Stream[T], opts ...Option) Stream[T] {
	if len(streams) == 0 {
		streams = make([]Stream[T], 1) // the zero Stream: a fault that has a pipeline to be reported by
	}
	n, in := consume(streams[0], "Merge", name)
	ins := []*inlet[T]{in}
	for _, s := range streams[1:] {
		ins = append(ins, s.claim(n))
	}
	out := newLink(n, gather(opts, optLink, n.fault), in.drop.release)
	n.workers = len(ins)
	n.run = func(ctx context.Context) error { return merge(ctx, n, ins, out) }
	return Stream[T]{out}
}

// merge has a goroutine for each input, so that none waits for another, and a
// latch before the output: two that fill slabs of one link at the same time could
// send them in the wrong order.
func merge[T any](ctx context.Context, n *node, ins []*inlet[T], out *link[T]) error {
	output := newLatch()
	return n.crew(ctx, len(ins), func(ctx context.Context, i int) error {
		in := ins[i]
		for {
			if err := in.fill(ctx, nil); err != nil {
				return endIsNil(err)
			}
			if err := output.enter(ctx, &n.atOutput); err != nil {
				return err
			}
			err := in.pour(ctx, out)
			output.leave()
			if err != nil {
				return err
			}
		}
	})
}

// pour sends on what is in hand.
func (in *inlet[T]) pour(ctx context.Context, out *link[T]) error {
	for in.next < len(in.slab) {
		v := in.slab[in.next]
		in.next++
		if err := out.send(ctx, v); err != nil {
			return err
		}
	}
	return nil
}
