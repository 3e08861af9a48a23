package main

import (
	"context"
	"fmt"
	"iter"
)

// ends are two sinks and what they received.
type ends struct {
	tallies [2]tally
	last    [2]int // the item before, to see that each sink's come in order
}

func (e *ends) sinks() []func(int) error {
	e.last = [2]int{-1, -1}
	return []func(int) error{e.sink(0), e.sink(1)}
}

func (e *ends) sink(i int) func(int) error {
	return func(v int) error {
		if v <= e.last[i] {
			return fmt.Errorf("sink %d received %d after %d", i, v, e.last[i])
		}
		e.last[i] = v
		return e.tallies[i].add(v)
	}
}

// tee sends n integers to two sinks, each of them to both.
func tee(n int) measure {
	var want tally
	for v := range integers(0, n, 1) {
		_ = want.add(v)
	}
	return func(ctx context.Context, p peer) (figure, error) {
		if p.tee == nil {
			return figure{}, errLacks
		}
		var e ends
		took, err := each(n, func() error {
			return p.tee(ctx, integers(0, n, 1), e.sinks())
		})
		for _, got := range e.tallies {
			if err == nil {
				err = check(got, want, inOrder)
			}
		}
		return took, err
	}
}

// partition sends n integers to two sinks, each of them to one.
func partition(n int) measure {
	want := tally{n: n, sum: n * (n - 1) / 2}
	return func(ctx context.Context, p peer) (figure, error) {
		if p.partition == nil {
			return figure{}, errLacks
		}
		var e ends
		took, err := each(n, func() error {
			return p.partition(ctx, integers(0, n, 1), e.sinks())
		})
		if err != nil {
			return figure{}, err
		}
		a, b := e.tallies[0], e.tallies[1]
		return took, check(tally{n: a.n + b.n, sum: a.sum + b.sum}, want, inAnyOrder)
	}
}

// merge sends the even and the odd of n integers, from a source each, to one
// sink.
func merge(n int) measure {
	want := tally{n: n, sum: n * (n - 1) / 2}
	return func(ctx context.Context, p peer) (figure, error) {
		if p.merge == nil {
			return figure{}, errLacks
		}
		var e ends
		sinks := e.sinks()
		took, err := each(n, func() error {
			return p.merge(ctx, []iter.Seq[int]{integers(0, n, 2), integers(1, n, 2)}, func(v int) error { return sinks[v%2](v) })
		})
		if err != nil {
			return figure{}, err
		}
		a, b := e.tallies[0], e.tallies[1]
		return took, check(tally{n: a.n + b.n, sum: a.sum + b.sum}, want, inAnyOrder)
	}
}
