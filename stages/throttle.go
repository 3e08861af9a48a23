package stages

import (
	"context"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
)

// Limiter makes a stream wait for its share of a rate.
type Limiter interface {
	// Wait returns when n more bytes may pass, or the context's cause when
	// ctx ends first. n may be larger than any burst.
	Wait(ctx context.Context, n int) error
}

// Sized is what can be weighed against a rate: a chunk, or a range of a file
// that is still to be read.
type Sized interface{ Size() int }

// Throttle lets items pass as the limiter allows. A nil limiter is no limit
// and costs nothing.
func Throttle[T Sized](l Limiter, drop func(T)) pipeline.Stage[T, T] {
	return func(ctx context.Context, in iter.Seq2[T, error], emit func(T) error) error {
		for v, err := range in {
			if err != nil {
				return err
			}
			if err := hold(v, drop, func() error { return wait(ctx, l, v) }); err != nil {
				return err
			}
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}
}

func wait(ctx context.Context, l Limiter, v Sized) error {
	if l == nil {
		return nil
	}
	return l.Wait(ctx, v.Size())
}
