package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// Invariant 7: order is kept whatever the items cost.
func TestWorkersKeepOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		for _, slab := range []int{1, 4, 16} {
			t.Run(fmt.Sprintf("%d workers, slab %d", workers, slab), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(1, uint64(workers)))
					pauses := make([]time.Duration, 500)
					for i := range pauses {
						if random.IntN(3) == 0 {
							pauses[i] = time.Duration(random.IntN(5)) * time.Millisecond
						}
					}
					s := pipeline.From(pipeline.New("p"), "source", count(len(pauses)), pipeline.Slab(slab))
					s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
						time.Sleep(pauses[v])
						return v, nil
					}, pipeline.Workers(workers))
					var got []int
					require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
					require.Len(t, got, len(pauses))
					require.IsIncreasing(t, got)
				})
			})
		}
	}
}

// gauge counts how many calls run at once.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) call(d time.Duration) {
	n := g.now.Add(1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	time.Sleep(d)
	g.now.Add(-1)
}

func TestWorkersRunAtOnceAndNoMore(t *testing.T) {
	for name, build := range map[string]func(s pipeline.Stream[int], f func(context.Context, int) error) *pipeline.Pipeline{
		"Map": func(s pipeline.Stream[int], f func(context.Context, int) error) *pipeline.Pipeline {
			return pipeline.Each(pipeline.Map(s, "map", pass(f), pipeline.Workers(4)), "sink", ignore)
		},
		"Map unordered": func(s pipeline.Stream[int], f func(context.Context, int) error) *pipeline.Pipeline {
			return pipeline.Each(pipeline.Map(s, "map", pass(f), pipeline.Workers(4), pipeline.Unordered()), "sink", ignore)
		},
		"Each": func(s pipeline.Stream[int], f func(context.Context, int) error) *pipeline.Pipeline {
			return pipeline.Each(s, "sink", f, pipeline.Workers(4))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				start := time.Now()
				p := build(pipeline.From(pipeline.New("p"), "source", count(40)), func(context.Context, int) error {
					g.call(time.Millisecond)
					return nil
				})
				require.NoError(t, p.Run(t.Context()))
				require.Equal(t, int64(4), g.most.Load())
				require.Equal(t, 10*time.Millisecond, time.Since(start), "the items are spread evenly")
			})
		})
	}
}

func pass(f func(context.Context, int) error) func(context.Context, int) (int, error) {
	return func(ctx context.Context, v int) (int, error) { return v, f(ctx, v) }
}

// Once items turn out to be cheap workers take many at a time. When they become
// slow again, no more than one grain stays behind one worker.
func TestSlowItemsAfterCheapOnesAreSpreadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const cheap, slow = 1024, 256
		s := pipeline.From(pipeline.New("p"), "source", count(cheap+slow))
		s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
			if v >= cheap {
				time.Sleep(time.Millisecond)
			}
			return v, nil
		}, pipeline.Workers(4))
		start := time.Now()
		require.NoError(t, pipeline.Each(s, "sink", ignore).Run(t.Context()))
		require.Less(t, time.Since(start), (slow/4+2*16)*time.Millisecond)
	})
}

func TestUnorderedIsNotHeldBackByASlowItem(t *testing.T) {
	for name, opts := range map[string][]pipeline.Option{
		"ordered":   {pipeline.Workers(2)},
		"unordered": {pipeline.Workers(2), pipeline.Unordered()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.From(pipeline.New("p"), "source", count(10), pipeline.Slab(1))
				s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
					if v == 0 {
						time.Sleep(time.Hour)
					}
					return v, nil
				}, opts...)
				early := 0
				start := time.Now()
				require.NoError(t, pipeline.Each(s, "sink", func(context.Context, int) error {
					if time.Since(start) == 0 {
						early++
					}
					return nil
				}).Run(t.Context()))
				if name == "ordered" {
					require.Zero(t, early)
				} else {
					require.Equal(t, 9, early)
				}
			})
		})
	}
}

// ErrStop ends a parallel Map where it would end a plain loop: what comes
// before is emitted, and nothing after.
func TestStopOfAParallelMapKeepsWhatComesBefore(t *testing.T) {
	for _, at := range []int{0, 1, 5, 16, 17, 100} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeline.From(pipeline.New("p"), "source", count(1000))
			s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
				if v == at {
					return 0, pipeline.ErrStop
				}
				time.Sleep(time.Duration(v%3) * time.Millisecond)
				return v, nil
			}, pipeline.Workers(4))
			var got []int
			require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
			require.Len(t, got, at)
		})
	}
}

// Where there is no order, nothing comes before: ErrStop ends the stage at once.
func TestStopOfWorkersWithoutOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", count(1000))
		enough := func(_ context.Context, v int) error {
			if v == 100 {
				return pipeline.ErrStop
			}
			return nil
		}
		s = pipeline.Map(s, "map", pass(enough), pipeline.Workers(4), pipeline.Unordered())
		require.NoError(t, runIn(t.Context(), t, pipeline.Each(s, "sink", enough, pipeline.Workers(4))))
	})
}

// A failure does not wait for the slower items before it.
func TestFailureOfAWorkerEndsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", count(1000))
		s = pipeline.Map(s, "map", func(ctx context.Context, v int) (int, error) {
			if v == 3 {
				return 0, errBoom
			}
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}, pipeline.Workers(4))
		require.EqualError(t, runIn(t.Context(), t, pipeline.Each(s, "sink", ignore)), "map: boom")
	})
}

// warmUp emits cheap items until workers take whole slabs, and then, after a
// pause, bursts of slow ones.
func warmUp(bursts, size int) pipeline.Source[int] {
	return func(ctx context.Context, emit func(int) error) error {
		for range 2048 {
			if err := emit(-1); err != nil {
				return err
			}
		}
		for range bursts {
			time.Sleep(time.Hour)
			for i := range size {
				if err := emit(i); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func slowUnlessCheap(_ context.Context, v int) (time.Time, error) {
	if v >= 0 {
		time.Sleep(time.Millisecond)
	}
	return time.Now(), nil
}

// The size of a grain shrinks again: when items have been slow for a while the
// workers work on neighbours, and results come out as they are made. With large
// grains the first worker's would, and those of the others when it is done.
func TestGrainShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", warmUp(8, 64))
		results := pipeline.Map(s, "map", slowUnlessCheap, pipeline.Workers(4))
		var start time.Time // of the last burst
		early := 0          // results of its first 4 ms
		require.NoError(t, pipeline.Each(results, "sink", func(context.Context, time.Time) error {
			if time.Since(start) > time.Minute {
				start, early = time.Now(), 0
			}
			if time.Since(start) < 4*time.Millisecond {
				early++
			}
			return nil
		}).Run(t.Context()))
		require.Equal(t, 16, early)
	})
}

// Invariant 6 within a grain: a result is emitted when it and all before it are
// there, and not when the rest of its grain is.
func TestResultsDoNotWaitForTheirGrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", warmUp(3, 16))
		results := pipeline.Map(s, "map", slowUnlessCheap, pipeline.Workers(4))
		var ready time.Time
		require.NoError(t, pipeline.Each(results, "sink", func(_ context.Context, made time.Time) error {
			if made.After(ready) {
				ready = made
			}
			require.Zero(t, time.Since(ready))
			return nil
		}).Run(t.Context()))
	})
}

// Nor does an item wait while a worker is idle: the first burst after cheap
// items is spread as evenly as if they had been slow all along.
func TestIdleWorkersShareAGrain(t *testing.T) {
	for name, opts := range map[string][]pipeline.Option{
		"ordered":   {pipeline.Workers(4)},
		"unordered": {pipeline.Workers(4), pipeline.Unordered()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.From(pipeline.New("p"), "source", warmUp(1, 16))
				results := pipeline.Map(s, "map", slowUnlessCheap, opts...)
				var last time.Time
				require.NoError(t, pipeline.Each(results, "sink", func(_ context.Context, made time.Time) error {
					last = made
					return nil
				}).Run(t.Context()))
				start := time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC) // the bubble begins in 2000, the burst an hour later
				require.Equal(t, 4*time.Millisecond, last.Sub(start))
			})
		})
	}
}

// The same order with goroutines that really race, for as long as it takes a
// result and its turn to meet.
func TestWorkersKeepOrderUnderRace(t *testing.T) {
	s := pipeline.From(pipeline.New("p"), "source", count(60_000), pipeline.Slab(4))
	s = pipeline.Map(s, "map", same, pipeline.Workers(4), pipeline.Slab(2), pipeline.Buffer(2))
	next := 0
	require.NoError(t, pipeline.Each(s, "sink", func(_ context.Context, v int) error {
		if v != next {
			return fmt.Errorf("item %d, want %d", v, next)
		}
		next++
		return nil
	}).Run(t.Context()))
	require.Equal(t, 60_000, next)
}
