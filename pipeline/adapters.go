package pipeline

import (
	"context"
	"fmt"
	"iter"
)

// FromSlice is the source of the items of a slice.
func FromSlice[T any](items []T) Source[T] {
	return func(_ context.Context, emit func(T) error) error {
		for _, v := range items {
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}
}

// FromSeq is the source of the items of a sequence.
func FromSeq[T any](seq iter.Seq[T]) Source[T] {
	return func(_ context.Context, emit func(T) error) error {
		for v := range seq {
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}
}

// FromSeq2 is the source of a sequence that can fail, such as another
// pipeline's [All]. It ends with the first error.
func FromSeq2[T any](seq iter.Seq2[T, error]) Source[T] {
	return func(_ context.Context, emit func(T) error) error {
		for v, err := range seq {
			if err != nil {
				return err
			}
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}
}

// FromChan is the source of what is received from a channel until it is
// closed. Whoever closes it has to see to it that nobody is left sending when
// the run ends early.
func FromChan[T any](ch <-chan T) Source[T] {
	return func(ctx context.Context, emit func(T) error) error {
		for {
			select {
			case v, ok := <-ch:
				if !ok {
					return nil
				}
				if err := emit(v); err != nil {
					return err
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// Through is the stage that applies a function on sequences, such as a chain of
// those of package slices and maps. When the input is cut short the function
// sees its end; the stage then returns the cause.
func Through[In, Out any](f func(iter.Seq[In]) iter.Seq[Out]) Stage[In, Out] {
	return func(_ context.Context, in iter.Seq2[In, error], emit func(Out) error) error {
		var cut error
		items := func(yield func(In) bool) {
			for v, err := range in {
				if err != nil {
					cut = err
					return
				}
				if !yield(v) {
					return
				}
			}
		}
		for v := range f(items) {
			if err := emit(v); err != nil {
				return err
			}
		}
		return cut
	}
}

// ToChan is the sink that sends every item on a channel. It does not close it:
// a reader could not tell a cut stream from a finished one. Close it when Run
// has returned, and look at Run's error. The only option is [Drop], for the
// item that could not be sent when the run ended.
func ToChan[T any](ch chan<- T, opts ...Option) Sink[T] {
	var faults []string
	set := gather(opts, optDrop, func(fault string) { faults = append(faults, fault) })
	release, ok := set.drop.(func(T))
	return func(ctx context.Context, in iter.Seq2[T, error]) error {
		if len(faults) > 0 || set.drop != nil && !ok {
			return fmt.Errorf("ToChan: it takes a Drop of its own type only %v", faults)
		}
		for v, err := range in {
			if err != nil {
				return err
			}
			select {
			case ch <- v:
			case <-ctx.Done():
				if release != nil {
					release(v)
				}
				return context.Cause(ctx)
			}
		}
		return nil
	}
}

// ToSlice is the sink that appends every item to a slice, which is whole when
// Run has returned nil.
func ToSlice[T any](to *[]T) Sink[T] {
	return func(_ context.Context, in iter.Seq2[T, error]) error {
		for v, err := range in {
			if err != nil {
				return err
			}
			*to = append(*to, v)
		}
		return nil
	}
}
