package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestBatchSizes(t *testing.T) {
	const n = 5
	for _, items := range []int{0, 1, n - 1, n, n + 1, 2 * n, 2*n + 2, 100*n + 1} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeline.Batch(pipeline.From(pipeline.New("p"), "source", count(items)), "batch", n, 0)
			next, whole := 0, items/n
			err := pipeline.Each(s, "sink", func(_ context.Context, batch []int) error {
				want := n
				if whole--; whole < 0 {
					want = items % n
				}
				require.Len(t, batch, want)
				for _, v := range batch {
					require.Equal(t, next, v)
					next++
				}
				return nil
			}).Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, items, next)
		})
	}
}

// The time runs from the first item of a batch, whether the next ones keep
// coming or not.
func TestBatchEvery(t *testing.T) {
	for name, test := range map[string]struct {
		pause time.Duration // after each item
		items int
		want  []time.Duration // at which batches arrive
		first int             // items in the first
	}{
		"a source that stops":         {time.Hour, 2, []time.Duration{time.Second, time.Hour + time.Second}, 1},
		"items that keep coming":      {300 * time.Millisecond, 10, []time.Duration{1000e6, 2200e6, 3000e6}, 4},
		"every item in a batch alone": {1500 * time.Millisecond, 2, []time.Duration{time.Second, 2500e6}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.From(pipeline.New("p"), "source", func(_ context.Context, emit func(int) error) error {
					for i := range test.items {
						if err := emit(i); err != nil {
							return err
						}
						time.Sleep(test.pause)
					}
					return nil
				})
				start := time.Now()
				var at []time.Duration
				var sizes []int
				err := pipeline.Each(pipeline.Batch(s, "batch", 1000, time.Second), "sink",
					func(_ context.Context, batch []int) error {
						at = append(at, time.Since(start))
						sizes = append(sizes, len(batch))
						return nil
					}).Run(t.Context())
				require.NoError(t, err)
				require.Equal(t, test.want, at)
				require.Equal(t, test.first, sizes[0])
			})
		})
	}
}

// The items of a batch that was begun when the run ended are dropped too, by
// the Drop of the batches or, if there is none, of the items.
func TestBatchDropsWhatItHadBegun(t *testing.T) {
	for name, opts := range map[string][]pipeline.Option{
		"as items": nil,
		"as a batch": {pipeline.Drop(func(batch []*item) {
			for _, it := range batch {
				it.release()
			}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(*item) error) error {
					if err := l.source(25)(ctx, emit); err != nil {
						return err
					}
					<-ctx.Done()
					return ctx.Err()
				}, pipeline.Drop((*item).release))
				err := pipeline.Each(pipeline.Batch(s, "batch", 10, 0, opts...), "sink",
					func(ctx context.Context, batch []*item) error {
						for _, it := range batch {
							it.release()
						}
						return nil
					}).Run(ctx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, int64(25), l.made.Load())
				require.NoError(t, l.check())
			})
		})
	}
}
