package batch

import (
	"context"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
)

// inOrder puts results back in the order of their items. Of window of them, each
// gives its place back when it has been handed on.
func inOrder[T any](window int, places <-chan struct{}) pipeline.Stage[numbered[T], T] {
	return func(_ context.Context, in iter.Seq2[numbered[T], error], emit func(T) error) error {
		t := turn[T]{early: make([]result[T], window), emit: emit, places: places}
		for r, err := range in {
			if err == nil {
				err = t.take(r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// result is one that came before its turn, or an empty place for one.
type result[T any] struct {
	here bool
	v    T
}

type turn[T any] struct {
	next   int         // the item whose result is handed on next
	early  []result[T] // at n modulo the window
	emit   func(T) error
	places <-chan struct{}
}

func (t *turn[T]) take(r numbered[T]) error {
	if r.none {
		return nil // its turn never comes, nor that of those behind it
	}
	t.early[r.n%len(t.early)] = result[T]{true, r.v}
	for {
		slot := &t.early[t.next%len(t.early)]
		if !slot.here {
			return nil
		}
		if err := t.emit(slot.v); err != nil {
			return err
		}
		*slot = result[T]{}
		t.next++
		<-t.places // never blocks: the place was taken before the item set out
	}
}
