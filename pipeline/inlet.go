package pipeline

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"time"
)

// inlet is the consumer's end of a link and what it has in hand: the slab it
// took last and how far it is through it. What is in hand survives a break out
// of the loop, so that a stage may read a header in one loop and the rest in
// another, and is found by leave after a panic.
type inlet[T any] struct {
	*link[T]
	slab []T
	next int
}

// all yields what comes, then, if the stream was cut short, the cause.
func (in *inlet[T]) all(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			for in.next < len(in.slab) {
				if in.cut.Load() {
					break
				}
				v := in.slab[in.next]
				in.next++
				if !yield(v, nil) {
					return
				}
			}
			if err := in.fill(ctx, nil); err != nil {
				if !errors.Is(err, errEnd) {
					var none T
					yield(none, err)
				}
				return
			}
		}
	}
}

// fill takes the next slab in hand when there is nothing left of the last. It
// returns errEnd after a finished stream, errAlarm, or why the stream was cut.
func (in *inlet[T]) fill(ctx context.Context, alarm <-chan time.Time) error {
	here, err := in.poll(ctx)
	if here || err != nil {
		return err
	}
	runtime.Gosched() // as put does
	here, err = in.poll(ctx)
	if here || err != nil {
		return err
	}
	return in.await(ctx, alarm)
}

// await is fill that does not try first.
func (in *inlet[T]) await(ctx context.Context, alarm <-chan time.Time) error {
	slab, err := in.wait(ctx, alarm)
	return in.got(ctx, slab, err)
}

// poll is fill without waiting. It reports whether there is something in hand.
func (in *inlet[T]) poll(ctx context.Context) (here bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if in.next < len(in.slab) {
		return true, nil
	}
	spent := in.slab
	in.slab, in.next = nil, 0
	slab, err := in.take(spent)
	if slab == nil && err == nil {
		return false, nil
	}
	err = in.got(ctx, slab, err)
	return err == nil, err
}

func (in *inlet[T]) got(ctx context.Context, slab []T, err error) error {
	if err != nil && in.broken.Load() {
		// The run has ended: a producer is cut short by nothing else while its
		// consumer is there. The news reaches one stage after another, and may
		// have reached the producer first.
		<-ctx.Done()
		return context.Cause(ctx)
	}
	in.taken.Add(int64(len(slab)))
	in.slab = slab
	return err
}

// endIsNil turns the answer of fill into what a stage returns.
func endIsNil(err error) error {
	if err == errEnd { //nolint:errorlint // it never leaves the package
		return nil
	}
	return err
}

// leave drops what the stage has not seen. It is called when the stage has
// ended.
func (in *inlet[T]) leave() {
	rest := in.slab[in.next:]
	in.back.Add(int64(len(rest)))
	in.slab, in.next = nil, 0
	in.drop.all(rest)
	in.hangUp()
}
