package main

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// send puts an item in a channel, or returns why ctx is done.
type send[T any] func(ctx context.Context, ch chan<- T, v T) error

// selectSend is the usual cancellable send.
func selectSend[T any](ctx context.Context, ch chan<- T, v T) error {
	select {
	case ch <- v:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// trySend is the same, without the select over two channels while there is
// room.
func trySend[T any](ctx context.Context, ch chan<- T, v T) error {
	select {
	case ch <- v:
		return nil
	default:
		return selectSend(ctx, ch, v)
	}
}

// hand is what is being built by hand: the group of its goroutines and how they
// send.
type hand[T any] struct {
	*errgroup.Group
	send send[T]
}

// source starts the goroutine that sends the items of a sequence.
func (h hand[T]) source(ctx context.Context, items iter.Seq[T]) <-chan T {
	out := make(chan T, buffer[T]())
	h.Go(func() error {
		defer close(out)
		for v := range items {
			if err := h.send(ctx, out, v); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// stage starts the goroutine of one step.
func (h hand[T]) stage(ctx context.Context, in <-chan T, step func(T) T) <-chan T {
	out := make(chan T, buffer[T]())
	h.Go(func() error {
		defer close(out)
		for v := range in {
			if err := h.send(ctx, out, step(v)); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// sink starts the goroutine that consumes.
func (h hand[T]) sink(in <-chan T, sink func(T) error) {
	h.Go(func() error {
		for v := range in {
			if err := sink(v); err != nil {
				return err
			}
		}
		return nil
	})
}

func handLine[T any](by send[T]) line[T] {
	return func(ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
		g, ctx := errgroup.WithContext(ctx)
		h := hand[T]{g, by}
		link := h.source(ctx, source)
		for _, step := range steps {
			link = h.stage(ctx, link, step)
		}
		h.sink(link, sink)
		return g.Wait()
	}
}

// future is a job and the channel for its result.
type future struct {
	v      int
	result chan int
}

// handFutures is the usual way to keep the order: the sink reads the results in
// the order of the jobs.
func handFutures(by send[future]) line[int] {
	return func(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
		g, ctx := errgroup.WithContext(ctx)
		jobs, order := make(chan future, buffer[int]()), make(chan future, buffer[int]())
		g.Go(func() error {
			defer close(jobs)
			defer close(order)
			for v := range source {
				j := future{v, make(chan int, 1)}
				for _, to := range []chan future{jobs, order} {
					if err := by(ctx, to, j); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for range workers {
			g.Go(func() error {
				for j := range jobs {
					j.result <- steps[0](j.v) // there is room: it is the only one
				}
				return nil
			})
		}
		hand[future]{g, by}.sink(order, func(j future) error { return sink(<-j.result) })
		return g.Wait()
	}
}

func handUnordered(by send[int]) line[int] {
	return func(ctx context.Context, source iter.Seq[int], steps []func(int) int, sink func(int) error) error {
		g, ctx := errgroup.WithContext(ctx)
		h := hand[int]{g, by}
		in, out := h.source(ctx, source), make(chan int, buffer[int]())
		g.Go(func() error {
			defer close(out)
			var crew errgroup.Group
			for range workers {
				crew.Go(func() error {
					for v := range in {
						if err := by(ctx, out, steps[0](v)); err != nil {
							return err
						}
					}
					return nil
				})
			}
			return crew.Wait()
		})
		h.sink(out, sink)
		return g.Wait()
	}
}

// toAll and toOne say to which of n outputs an item goes: from first on, before
// end.
func toAll(_, n int) (first, end int) { return 0, n }
func toOne(v, n int) (first, end int) { return v % n, v%n + 1 }

func handFork(by send[int], to func(v, n int) (first, end int)) fork {
	return func(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
		g, ctx := errgroup.WithContext(ctx)
		h := hand[int]{g, by}
		in := h.source(ctx, source)
		outs := make([]chan int, len(sinks))
		for i, sink := range sinks {
			outs[i] = make(chan int, buffer[int]())
			h.sink(outs[i], sink)
		}
		g.Go(func() error {
			for _, out := range outs {
				defer close(out)
			}
			for v := range in {
				first, end := to(v, len(outs))
				for _, out := range outs[first:end] {
					if err := by(ctx, out, v); err != nil {
						return err
					}
				}
			}
			return nil
		})
		return g.Wait()
	}
}

func handMerge(by send[int]) join {
	return func(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
		g, ctx := errgroup.WithContext(ctx)
		h := hand[int]{g, by}
		out := make(chan int, buffer[int]())
		g.Go(func() error {
			defer close(out)
			var crew errgroup.Group
			for _, source := range sources {
				crew.Go(func() error {
					for v := range source {
						if err := by(ctx, out, v); err != nil {
							return err
						}
					}
					return nil
				})
			}
			return crew.Wait()
		})
		h.sink(out, sink)
		return g.Wait()
	}
}
