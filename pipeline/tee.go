package pipeline

import "context"

// Tee adds a stage with n outputs, each of which gets every item. The slowest
// consumer sets the pace; the others are ahead of it by what the links hold. A
// consumer that leaves is left out from then on.
//
// The outputs share the items: those that are not plain values must be safe to
// read from several goroutines. [Drop] is called once for each output that did
// not get an item, so that with n references to it each output owns one.
func Tee[T any](s Stream[T], name string, n int, opts ...Option) []Stream[T] {
	stage, in := consume(s, "Tee", name)
	outs := fork[T](stage, n, opts, nil)
	stage.run = func(ctx context.Context) error {
		t := &tee[T]{node: stage, outs: outs}
		defer t.abandon()
		for v, err := range in.all(ctx) {
			if err != nil {
				return err
			}
			if err := t.send(ctx, v); err != nil {
				return err
			}
		}
		return nil
	}
	return streams(outs)
}

// fork makes the n outputs of a Tee or a Partition.
func fork[T any](n *node, outputs int, opts []Option, inherited func(T)) []*link[T] {
	if outputs < 1 {
		n.p.fault("stage %q: %d outputs: it has at least 1", n.name, outputs)
	}
	set := gather(opts, optLink, n.fault)
	var outs []*link[T]
	for range outputs {
		outs = append(outs, newLink(n, set, inherited))
	}
	return outs
}

func streams[T any](links []*link[T]) []Stream[T] {
	var out []Stream[T]
	for _, l := range links {
		out = append(out, Stream[T]{l})
	}
	return out
}

// tee is a Tee at work, and the item that it is handing out.
type tee[T any] struct {
	*node
	outs  []*link[T]
	item  T
	given []bool // whether outs[i] has had item, be it to carry or to drop
}

// send gives v to every output. First to those that have room, so that a full
// one does not keep it from an idle consumer; then to the full ones, all at
// once for the same reason.
func (t *tee[T]) send(ctx context.Context, v T) error {
	t.item, t.given = v, append(t.given[:0], make([]bool, len(t.outs))...)
	var full []int
	for i, out := range t.outs {
		if !out.ready(v) {
			full = append(full, i)
			continue
		}
		if err := t.give(ctx, i); err != nil {
			return err
		}
	}
	switch len(full) {
	case 0:
		return nil
	case 1:
		return t.give(ctx, full[0])
	}
	return t.crew(ctx, len(full), func(ctx context.Context, i int) error { return t.give(ctx, full[i]) })
}

func (t *tee[T]) give(ctx context.Context, i int) error {
	t.given[i] = true
	return t.outs[i].send(ctx, t.item)
}

// abandon drops item for the outputs that it did not come to, because another
// ended the stage first.
func (t *tee[T]) abandon() {
	for i, given := range t.given {
		if !given {
			t.outs[i].drop.one(t.item)
		}
	}
}
