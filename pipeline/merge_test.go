package pipeline_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

type pair struct{ from, n int }

// Each input keeps its order, also where its items travel in slabs that others
// fill at the same time.
func TestMergeKeepsTheOrderOfEachInput(t *testing.T) {
	for _, inputs := range []int{1, 2, 7} {
		for _, slab := range []int{1, 3, 16} {
			t.Run(fmt.Sprintf("%d inputs, slab %d", inputs, slab), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := pipeline.New("p")
					var ins []pipeline.Stream[pair]
					for i := range inputs {
						ins = append(ins, pipeline.From(p, fmt.Sprint("source ", i),
							func(_ context.Context, emit func(pair) error) error {
								for n := range 300 {
									if err := emit(pair{i, n}); err != nil {
										return err
									}
									if n%(i+5) == 0 {
										time.Sleep(time.Millisecond)
									}
								}
								return nil
							}))
					}
					next := make([]int, inputs)
					err := pipeline.Each(pipeline.Merge("merge", ins, pipeline.Slab(slab), pipeline.Buffer(slab)), "sink",
						func(_ context.Context, v pair) error {
							require.Equal(t, next[v.from], v.n)
							next[v.from]++
							return nil
						}).Run(t.Context())
					require.NoError(t, err)
					for _, n := range next {
						require.Equal(t, 300, n)
					}
				})
			})
		}
	}
}

func TestMergeDoesNotWaitForAnIdleInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		start := time.Now()
		seen := 0
		s := pipeline.Merge("merge", []pipeline.Stream[int]{
			pipeline.From(p, "busy", count(100)),
			pipeline.From(p, "idle", func(ctx context.Context, _ func(int) error) error {
				time.Sleep(time.Hour)
				return nil
			}),
		})
		require.NoError(t, pipeline.Each(s, "sink", func(context.Context, int) error {
			require.Zero(t, time.Since(start))
			seen++
			return nil
		}).Run(t.Context()))
		require.Equal(t, 100, seen)
	})
}

// The same with goroutines that really race, for as long as it takes two of
// them to meet.
func TestMergeKeepsTheOrderUnderRace(t *testing.T) {
	const inputs, items = 8, 10_000
	p := pipeline.New("p")
	var ins []pipeline.Stream[pair]
	for i := range inputs {
		ins = append(ins, pipeline.From(p, fmt.Sprint("source ", i), func(_ context.Context, emit func(pair) error) error {
			for n := range items {
				if err := emit(pair{i, n}); err != nil {
					return err
				}
			}
			return nil
		}, pipeline.Slab(2)))
	}
	next := make([]int, inputs)
	err := pipeline.Each(pipeline.Merge("merge", ins, pipeline.Slab(2), pipeline.Buffer(2)), "sink",
		func(_ context.Context, v pair) error {
			if next[v.from] != v.n {
				return fmt.Errorf("input %d: item %d, want %d", v.from, v.n, next[v.from])
			}
			next[v.from]++
			return nil
		}).Run(t.Context())
	require.NoError(t, err)
}
