package pipeline

import (
	"context"
	"iter"
)

// Filter adds a stage that passes on the items for which keep returns true. An
// item for which it returns false, or an error, is keep's to release.
func Filter[T any](s Stream[T], name string, keep func(context.Context, T) (bool, error), opts ...Option) Stream[T] {
	return via(s, "Filter", name, given(keep != nil), func(ctx context.Context, in iter.Seq2[T, error], emit func(T) error) error {
		for v, err := range in {
			if err != nil {
				return err
			}
			kept, err := keep(ctx, v)
			if err != nil {
				return err
			}
			if !kept {
				continue
			}
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}, opts)
}

// FlatMap adds a stage that calls f for every item; f emits as many results as
// it likes. The item is f's.
func FlatMap[In, Out any](
	s Stream[In], name string, f func(ctx context.Context, v In, emit func(Out) error) error, opts ...Option,
) Stream[Out] {
	return via(s, "FlatMap", name, given(f != nil), func(ctx context.Context, in iter.Seq2[In, error], emit func(Out) error) error {
		for v, err := range in {
			if err != nil {
				return err
			}
			if err := f(ctx, v, emit); err != nil {
				return err
			}
		}
		return nil
	}, opts)
}
