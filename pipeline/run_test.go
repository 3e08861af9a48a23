package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func count(n int) pipeline.Source[int] {
	return func(_ context.Context, emit func(int) error) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func same(_ context.Context, v int) (int, error) { return v, nil }

func TestRunCarriesEveryItemInOrder(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 63, 64, 65, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeline.From(pipeline.New("p"), "count", count(n))
			s = pipeline.Map(s, "a", same)
			s = pipeline.Map(s, "b", same, pipeline.Slab(1), pipeline.Buffer(2))
			next := 0
			err := pipeline.Each(s, "sink", func(_ context.Context, v int) error {
				require.Equal(t, next, v)
				next++
				return nil
			}).Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, n, next)
		})
	}
}

func TestRunReturnsTheFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		p := pipeline.New("p")
		s := pipeline.Map(pipeline.From(p, "count", count(1000)), "map", func(_ context.Context, v int) (int, error) {
			if v == 50 {
				return 0, boom
			}
			return v, nil
		})
		seen := 0
		err := pipeline.Each(s, "sink", func(context.Context, int) error { seen++; return nil }).Run(t.Context())
		require.ErrorIs(t, err, boom)
		require.EqualError(t, err, "map: boom")
		require.LessOrEqual(t, seen, 50)
	})
}

func TestAllBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		var out, gone int
		s := pipeline.From(p, "count", func(_ context.Context, emit func(int) error) error {
			for {
				out++
				if err := emit(1); err != nil {
					return err
				}
			}
		}, pipeline.Drop(func(int) { gone++ }))
		seen := 0
		for _, err := range pipeline.All(t.Context(), s) {
			require.NoError(t, err)
			if seen++; seen == 100 {
				break
			}
		}
		require.Equal(t, out, seen+gone)
	})
}
