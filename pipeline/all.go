package pipeline

import (
	"context"
	"iter"
)

// All runs the pipeline of s and yields what comes out of s, on the caller's
// goroutine. If the run failed, the last pair is (zero, err), err being what
// Run would have returned. Leaving the loop, by break, return or a panic, stops
// the run, and All returns only when nothing of it runs any more. The sequence
// can be ranged over once; it is a stage named "range".
func All[T any](ctx context.Context, s Stream[T]) iter.Seq2[T, error] {
	n, in := consume(s, "All", "range")
	return func(yield func(T, error) bool) {
		var none T
		if err := n.p.begin(n); err != nil {
			yield(none, err)
			return
		}
		if left, err := loop(ctx, n, in, yield); err != nil && !left {
			yield(none, err)
		}
	}
}

// loop is a run in which stage n is the caller's loop. It reports whether the
// loop was left before the end.
func loop[T any](caller context.Context, n *node, in *inlet[T], yield func(T, error) bool) (left bool, err error) {
	if caller.Err() != nil {
		return false, context.Cause(caller)
	}
	r := newRun(n.p)
	ctx, fail := context.WithCancelCause(caller)
	r.fail = fail
	stageCtx := r.start(ctx, n)
	// Deferred, because a panic or a Goexit of the loop's body has to join as
	// well. It is not recovered, so that it goes on with its own stack.
	defer func() {
		r.leave(stageCtx, n, nil)
		err = r.join(ctx, caller)
	}()
	for v, cut := range in.all(stageCtx) {
		if cut != nil {
			break // join says why
		}
		if !yield(v, nil) {
			return true, nil
		}
		if ctx.Err() != nil {
			break // the links are told when join begins, and that is not yet
		}
	}
	return false, nil
}
