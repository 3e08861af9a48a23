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

// Invariant 6: no item waits while its consumer is idle. The source stops for
// an hour in the middle of a slab; what it has emitted arrives at once all the
// same, through every stage.
func TestNoItemWaitsForASlabToFill(t *testing.T) {
	for _, n := range []int{1, 2, 15, 16, 17, 33, 70} {
		for _, workers := range []int{1, 4} {
			t.Run(fmt.Sprintf("%d items, %d workers", n, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := pipeline.From(pipeline.New("p"), "source", func(_ context.Context, emit func(time.Time) error) error {
						for range 3 {
							for range n {
								if err := emit(time.Now()); err != nil {
									return err
								}
							}
							time.Sleep(time.Hour)
						}
						return nil
					})
					pass := func(_ context.Context, at time.Time) (time.Time, error) { return at, nil }
					s = pipeline.Map(s, "a", pass, pipeline.Workers(workers))
					s = pipeline.Map(s, "b", pass, pipeline.Buffer(256), pipeline.Slab(64))
					seen := 0
					err := pipeline.Each(s, "sink", func(_ context.Context, at time.Time) error {
						require.Zero(t, time.Since(at))
						seen++
						return nil
					}).Run(t.Context())
					require.NoError(t, err)
					require.Equal(t, 3*n, seen)
				})
			})
		}
	}
}

// The other half: items that were left in an open slab while the consumer was
// busy are taken when it comes back, though the producer does nothing more.
func TestConsumerTakesTheOpenSlab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		s := pipeline.From(p, "source", func(_ context.Context, emit func(int) error) error {
			for i := range 5 {
				if err := emit(i); err != nil {
					return err
				}
				if i == 0 {
					synctest.Wait() // the consumer has it and is busy
				}
			}
			time.Sleep(time.Hour)
			return nil
		})
		start := time.Now()
		var at []time.Duration
		err := pipeline.Each(s, "sink", func(context.Context, int) error {
			at = append(at, time.Since(start))
			time.Sleep(time.Second)
			return nil
		}).Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, 1e9, 2e9, 3e9, 4e9}, at)
		link := p.Stats().Links[0]
		require.Equal(t, int64(5), link.Items)
		require.Equal(t, time.Hour-5*time.Second, link.RecvWait)
	})
}
