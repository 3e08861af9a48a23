package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestTeeGivesEveryItemToEveryOutput(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		for kind, opts := range map[string][]pipeline.Option{"slabs": nil, "single": {pipeline.Slab(1), pipeline.Buffer(1)}} {
			t.Run(fmt.Sprintf("%d %s", n, kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := pipeline.New("p")
					got := make([][]int, n)
					for i, s := range pipeline.Tee(pipeline.From(p, "source", count(200)), "tee", n, opts...) {
						s = pipeline.Map(s, fmt.Sprint("slow ", i), func(_ context.Context, v int) (int, error) {
							time.Sleep(time.Duration(v%(i+2)) * time.Millisecond)
							return v, nil
						}, pipeline.Buffer(1))
						pipeline.Into(s, fmt.Sprint("sink ", i), pipeline.ToSlice(&got[i]))
					}
					require.NoError(t, p.Run(t.Context()))
					for _, g := range got {
						require.Len(t, g, 200)
						require.IsIncreasing(t, g)
					}
				})
			})
		}
	}
}

// Invariant 6 across a Tee: an item that an output has no room for is given to
// those that have, and to each of the others when it gets some, in whatever order
// that is and whatever its link is full of.
func TestTeeDoesNotKeepAnItemFromAnIdleConsumer(t *testing.T) {
	for kind, opts := range map[string][]pipeline.Option{
		"single":        {pipeline.Buffer(1)},
		"slabs":         {pipeline.Buffer(8), pipeline.Slab(4)},
		"full of items": {pipeline.Buffer(1), pipeline.Bytes(100)},
		"full of bytes": {pipeline.Buffer(4), pipeline.Bytes(2)},
	} {
		for _, pause := range []time.Duration{0, time.Second} { // with one, all links are full after the first items
			for stuck := range 3 {
				t.Run(fmt.Sprintf("%s/pause %v/output stuck: %d", kind, pause, stuck), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p := pipeline.New("p")
						s := pipeline.From(p, "source", pipeline.FromSlice(slices.Repeat([]heavy{1}, 100)), pipeline.Buffer(1))
						seen := make([]atomic.Int64, 3)
						for i, s := range pipeline.Tee(s, "tee", len(seen), opts...) {
							pipeline.Each(s, fmt.Sprint("sink ", i), func(ctx context.Context, _ heavy) error {
								n := seen[i].Add(1)
								time.Sleep(pause)
								if i == stuck && n == 5 {
									<-ctx.Done()
								}
								return nil
							})
						}
						ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
						defer cancel()
						time.AfterFunc(time.Minute, func() {
							synctest.Wait()
							taken := p.Stats().Stages[1].In
							require.Less(t, taken, int64(100), "it is held back")
							for i := range seen {
								n := seen[i].Load()
								require.True(t, i == stuck || n == taken, "output %d has had %d of %d", i, n, taken)
							}
						})
						require.ErrorIs(t, p.Run(ctx), context.DeadlineExceeded)
					})
				})
			}
		}
	}
}

func TestTeeGoesOnWithoutAConsumerThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		dropped, seen := 0, 0
		outs := pipeline.Tee(pipeline.From(p, "source", count(100)), "tee", 2,
			pipeline.Drop(func(int) { dropped++ }), pipeline.Buffer(2))
		pipeline.Each(outs[0], "leaves", func(_ context.Context, v int) error {
			time.Sleep(time.Millisecond)
			if v == 9 {
				return pipeline.ErrStop
			}
			return nil
		})
		pipeline.Each(outs[1], "stays", func(context.Context, int) error { seen++; return nil })
		require.NoError(t, p.Run(t.Context()))
		require.Equal(t, 100, seen)
		require.Equal(t, 90, dropped)
	})
}

func TestTeeStopsWhenAllConsumersLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		p := pipeline.New("p")
		s := pipeline.Map(pipeline.From(p, "source", l.source(-1), pipeline.Drop((*item).release)), "retain",
			func(_ context.Context, it *item) (*item, error) {
				it.refs.Add(1)
				return it, nil
			}, pipeline.Drop(func(it *item) { it.release(); it.release() }))
		for i, out := range pipeline.Tee(s, "tee", 2, pipeline.Drop((*item).release)) {
			pipeline.Each(out, fmt.Sprint("sink ", i), func(_ context.Context, it *item) error {
				defer it.release()
				if it.v == 10*i {
					return pipeline.ErrStop
				}
				return nil
			})
		}
		require.NoError(t, runIn(t.Context(), t, p))
		require.NoError(t, l.check())
	})
}

// fragile panics when its size is asked for the n-th time.
type fragile struct {
	asked, n, dropped int
}

func (f *fragile) Size() int {
	if f.asked++; f.asked == f.n {
		panic(errBoom)
	}
	return 1
}

// A panic between two outputs: each copy is dropped all the same, once.
func TestTeeDropsTheCopiesThatItOwes(t *testing.T) {
	for n := 1; n <= 4; n++ {
		t.Run(fmt.Sprint("panic at the ", n, ". weighing"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before, f := &fragile{}, &fragile{n: n}
				p := pipeline.New("p")
				s := pipeline.From(p, "source", pipeline.FromSlice([]*fragile{before, f}))
				var received [2]int
				for i, out := range pipeline.Tee(s, "tee", 2, pipeline.Bytes(10), pipeline.Drop(func(f *fragile) { f.dropped++ })) {
					pipeline.Each(out, fmt.Sprint("sink ", i), func(context.Context, *fragile) error { received[i]++; return nil })
				}
				require.ErrorIs(t, p.Run(t.Context()), errBoom)
				require.Equal(t, 4, before.dropped+f.dropped+received[0]+received[1])
			})
		})
	}
}
