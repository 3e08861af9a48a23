package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// stopGrace is how long a command that was told to stop may take to come to a place
// where it can go on later, before its context ends.
const stopGrace = time.Second

// interruptible returns what SIGINT, SIGTERM or SIGHUP tell, and a context that ends
// stopGrace after it, with a *stoppedError as its cause. The second signal finds its default action
// restored and stops the process at once. One that comes at the heels of the
// first is not the second: timeout(1) and others that stop a job signal both the
// process and its group. A signal that was ignored when the process started, as
// under nohup, stays ignored.
//
// SIGPIPE is ignored: a write to a pipe that nobody reads is an error like any
// other, after which unfinished files are taken away.
func interruptible() (ctx context.Context, i *interruption, end func()) {
	i = &interruption{told: make(chan struct{})}
	ctx, cancel := context.WithCancelCause(context.Background())
	caught := make(chan os.Signal, 1) // one: a second is the default action's
	signal.Ignore(syscall.SIGPIPE)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer signal.Stop(caught)
		select {
		case s := <-caught:
			i.by.Store(&stoppedError{s})
			close(i.told)
		case <-over:
			return
		}
		select {
		case <-time.After(echo):
		case <-over:
			return
		}
		signal.Stop(caught)
		select {
		case <-time.After(stopGrace - echo):
			cancel(i.by.Load())
		case <-over:
		}
	}()
	return ctx, i, func() {
		close(over)
		cancel(nil)
		<-ended
	}
}

// interruption is whether a signal has told the command to stop.
type interruption struct {
	told chan struct{} // closed by the signal
	by   atomic.Pointer[stoppedError]
}

// echo is how long after the first signal another belongs to it: longer than two
// system calls on a busy machine take, shorter than a person.
const echo = 100 * time.Millisecond
