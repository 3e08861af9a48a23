package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// patience is how long what a pipeline has started may go on after its end,
// before it counts as left behind.
const patience = 100 * time.Millisecond

var errEnough = errors.New("enough")

// cancelled is the time from the cancellation of an endless chain to the end of
// all its goroutines, when the sink has received n items.
func cancelled(n int) measure {
	return func(ctx context.Context, p peer) (figure, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		e := ending{goroutines: runtime.NumGoroutine()}
		seen := 0
		err := p.ints(ctx, naturals, []func(int) int{increment, increment, increment}, func(int) error {
			if seen++; seen == n {
				e.began = time.Now()
				cancel()
			}
			return nil
		})
		return e.figure(err, context.Canceled)
	}
}

// sinkFails is the same where the sink returns an error.
func sinkFails(n int) measure {
	return func(ctx context.Context, p peer) (figure, error) {
		ctx, cancel := context.WithCancel(ctx)
		e := ending{goroutines: runtime.NumGoroutine()}
		seen := 0
		err := p.ints(ctx, naturals, []func(int) int{increment, increment, increment}, func(int) error {
			if seen++; seen == n {
				e.began = time.Now()
				return errEnough
			}
			return nil
		})
		cancel() // as all callers do when they return
		return e.figure(err, errEnough)
	}
}

// ending is the end of a pipeline.
type ending struct {
	goroutines int // that there were before it began
	began      time.Time
}

// figure waits until no goroutine is left, or for as long as there is patience;
// then the time is that until the pipeline's function had returned.
func (e ending) figure(got, want error) (figure, error) {
	returned := time.Since(e.began)
	if !errors.Is(got, want) {
		return figure{}, errors.Join(fmt.Errorf("it did not end with %q", want.Error()), got)
	}
	for runtime.NumGoroutine() > e.goroutines {
		if time.Since(e.began) > patience {
			left := runtime.NumGoroutine() - e.goroutines
			return figure{ns: float64(returned), also: float64(left)}, nil
		}
		runtime.Gosched()
	}
	return figure{ns: float64(time.Since(e.began))}, nil
}
