package retry

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options are the settings of [Do]; their zero value is the default of each. Do
// calls the functions one at a time, on the goroutine of its caller, and never
// while the operation runs.
type Options struct {
	// Progress is how far the operation has got: a position that a new attempt
	// continues from, such as the bytes that the checkpoint speaks of. It is asked
	// before the first attempt and after each failure; once it is higher than ever
	// before, attempts and waits begin anew. It must not count work that is done
	// again, or there may be no end. nil means that all attempts count.
	Progress func() int64
	// Notify is told of every failure that another attempt follows, before the
	// wait. nil means nobody is.
	Notify func(Failure)
	// Policy replaces the policy of a temporary class; permanent ones have none.
	// nil means [Class.Policy].
	Policy func(Class) Policy
}

// Failure is an attempt that failed and will be followed by another.
type Failure struct {
	Err      error // what the operation returned
	Class    Class // of Err
	Attempts int   // made since the last progress, this one included
	Wait     time.Duration
}

func (o Options) withDefaults() Options {
	if o.Progress == nil {
		o.Progress = func() int64 { return 0 }
	}
	if o.Notify == nil {
		o.Notify = func(Failure) {}
	}
	if o.Policy == nil {
		o.Policy = Class.Policy
	}
	return o
}

// GaveUpError is a temporary error that has outlasted its attempts: what failed
// now may succeed later. No permanent error becomes one, however many attempts
// came before it.
type GaveUpError struct {
	Class    Class // of Err
	Attempts int   // made since the last progress
	Err      error // of the last attempt
}

// Error is one line that says how often it was tried, and the last error.
func (e *GaveUpError) Error() string {
	if e.Attempts == 1 {
		return "gave up after 1 attempt: " + e.Err.Error()
	}
	return fmt.Sprintf("gave up after %d attempts: %v", e.Attempts, e.Err)
}

// Unwrap is the error of the last attempt.
func (e *GaveUpError) Unwrap() error { return e.Err }

// Do calls op until it returns nil, and waits between the calls. It ends with
//
//   - the error itself when that is permanent ([Classify]);
//   - a [*GaveUpError] when there are no attempts left;
//   - the cause of ctx when that has ended, wrapped together with the error of
//     the last attempt where there was one.
//
// op is not called when ctx has ended already. Once it has, no error is tried
// again, whatever its class. A deadline that op sets for itself is a timeout like
// any other, and is tried again. A panic in op passes through.
func Do(ctx context.Context, o Options, op func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o = o.withDefaults()
	t := newTally(o.Progress())
	for {
		err := op(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return stopped(ctx, err)
		}
		class := Classify(err)
		if !class.Temporary() {
			return err
		}
		t.reached(o.Progress())
		wait, again := t.failed(class, o.Policy)
		if !again {
			return &GaveUpError{Class: class, Attempts: t.attempts, Err: err}
		}
		o.Notify(Failure{Err: err, Class: class, Attempts: t.attempts, Wait: wait})
		if !sleep(ctx, wait) {
			return stopped(ctx, err)
		}
	}
}

// stopped is the cause of ctx and the error that was the last before it ended or
// because it did. That one stands alone where it says the cause itself.
func stopped(ctx context.Context, last error) error {
	cause := context.Cause(ctx)
	if errors.Is(last, cause) {
		return last
	}
	return fmt.Errorf("%w (last attempt: %w)", cause, last)
}

// sleep waits for d, and reports whether ctx is still there then.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil // not which of the two was first: both may be ready
}
