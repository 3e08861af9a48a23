package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// latency is how old an item is when it comes to the sink, where one comes each
// millisecond: nothing may hold it back until others have come.
func latency(n int) measure {
	same := func(at time.Time) time.Time { return at }
	return func(ctx context.Context, p peer) (figure, error) {
		var ages []time.Duration
		err := p.times(ctx, ticks(n), []func(time.Time) time.Time{same, same, same}, func(at time.Time) error {
			ages = append(ages, time.Since(at))
			return nil
		})
		if err != nil {
			return figure{}, err
		}
		if len(ages) != n {
			return figure{}, fmt.Errorf("%d items came, not %d", len(ages), n)
		}
		slices.Sort(ages)
		return figure{ns: float64(ages[n/2]), also: float64(ages[n*99/100])}, nil
	}
}

// oneByOne is what an item costs on its way when there is no other, because the
// next is emitted when the sink has had the last: the part of the latency that
// is not the clock's and the system's.
func oneByOne(n int) measure {
	return func(ctx context.Context, p peer) (figure, error) {
		had := make(chan struct{}, 1) // never more than one is on its way
		var got tally
		took, err := each(n, func() error {
			return p.ints(ctx, func(yield func(int) bool) {
				for v := range integers(0, n, 1) {
					if !yield(v) {
						return
					}
					<-had
				}
			}, []func(int) int{increment, increment, increment}, func(v int) error {
				had <- struct{}{}
				return got.add(v)
			})
		})
		if err != nil {
			return figure{}, err
		}
		return took, check(got, tally{n: n, sum: n*(n-1)/2 + 3*n}, inAnyOrder)
	}
}

// ticks are n moments, each when it is.
func ticks(n int) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for range n {
			<-tick.C
			if !yield(time.Now()) {
				return
			}
		}
	}
}
