package pipeline

import (
	"context"
	"sync"
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

// A token is a lock that may be held while blocking, and a turn that is passed
// on: whoever receives from the channel has it. A mutex would not do, because a
// goroutine that waits for one cannot be cancelled.
type token chan struct{}

func newToken() token { return make(token, 1) } // one slot: giving it back never blocks

func (t token) pass() { t <- struct{}{} }

// try takes the token if it is there.
func (t token) try() bool {
	select {
	case <-t:
		return true
	default:
		return false
	}
}

// hold waits for the token and has the watch count the wait.
func (t token) hold(ctx context.Context, watch *stopwatch) error {
	if t.try() {
		return nil
	}
	watch.begin()
	defer watch.end()
	select {
	case <-t:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
