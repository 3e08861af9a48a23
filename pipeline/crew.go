package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
)

// crew runs n calls of work at once and waits for all of them. The first that
// returns an error ends the context of the others, and crew returns it.
func (n *node) crew(ctx context.Context, size int, work func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	n.active.end() // this goroutine only waits from here on
	defer n.active.begin()
	var wg sync.WaitGroup
	for i := range size {
		wg.Go(func() {
			n.active.begin()
			guard(
				func() error { return work(ctx, i) },
				func(err error) {
					n.active.end()
					if err != nil {
						stop(err)
					}
				})
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// latch is a lock that may be held while blocking: whoever waits for it can be
// cancelled, which a mutex does not allow. Like a mutex, and unlike a channel of
// one token, it may be taken again before somebody who waits has woken up. On
// one core that saves a switch for every grain that a worker takes.
type latch struct {
	taken  atomic.Bool
	opened chan struct{} // one signal: try again
}

func newLatch() *latch { return &latch{opened: make(chan struct{}, 1)} }

// enter takes the latch, and has the watch count the wait for it.
func (l *latch) enter(ctx context.Context, watch *stopwatch) error {
	if l.taken.CompareAndSwap(false, true) {
		return nil
	}
	watch.begin()
	defer watch.end()
	for !l.taken.CompareAndSwap(false, true) {
		select {
		case <-l.opened:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// leave gives the latch up. The signal stays where nobody waits, so that one who
// has just found the latch taken does not miss it.
func (l *latch) leave() {
	l.taken.Store(false)
	select {
	case l.opened <- struct{}{}:
	default:
	}
}
