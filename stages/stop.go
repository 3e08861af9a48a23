package stages

import (
	"context"
	"sync"
)

// told reports whether a stream is to stop. A nil channel never says so.
func told(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// untilTold calls wait, whose context ends as well when stop is closed. That is no
// error: a stream that stops lets what is on its way pass at once, which is a bounded
// number of chunks, so that its last checkpoint does not have to wait.
func untilTold(ctx context.Context, stop <-chan struct{}, wait func(context.Context) error) error {
	if told(stop) {
		return nil
	}
	waiting, end := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer end()
	watch.Go(func() {
		select {
		case <-stop:
			end()
		case <-waiting.Done():
		}
	})
	err := wait(waiting)
	if told(stop) && ctx.Err() == nil {
		return nil
	}
	return err
}

// stoppable is a limiter whose waits end when the stream is told to stop.
type stoppable struct {
	Limiter
	stop <-chan struct{}
}

var _ Limiter = stoppable{}

// Wait starts nothing where nothing is held up: small files are many.
func (s stoppable) Wait(ctx context.Context, n int) error {
	if c, ok := s.Limiter.(*Control); ok && c.open() {
		return nil
	}
	return untilTold(ctx, s.stop, func(ctx context.Context) error { return s.Limiter.Wait(ctx, n) })
}
