package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that SIGINT, SIGTERM or SIGHUP ends, with a
// *stoppedError as its cause. The second signal finds its default action
// restored and stops the process at once. A signal that was ignored when the
// process started, as under nohup, stays ignored.
//
// SIGPIPE is ignored: a write to a pipe that nobody reads is an error like any
// other, after which unfinished files are taken away.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	caught := make(chan os.Signal, 1) // one: a second is the default action's
	signal.Ignore(syscall.SIGPIPE)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case s := <-caught:
			signal.Stop(caught)
			cancel(&stoppedError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(caught)
		cancel(nil)
		<-ended
	}
}
