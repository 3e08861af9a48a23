package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestFilterAndFlatMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", count(6))
		s = pipeline.Filter(s, "odd", func(_ context.Context, v int) (bool, error) { return v%2 == 1, nil })
		s = pipeline.FlatMap(s, "repeat", func(_ context.Context, v int, emit func(int) error) error {
			for range v {
				if err := emit(v); err != nil {
					return err
				}
			}
			return nil
		})
		var got []int
		require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
		require.Equal(t, []int{1, 3, 3, 3, 5, 5, 5, 5, 5}, got)
	})
}

func TestFilterAndFlatMapPassErrorsOn(t *testing.T) {
	for name, build := range map[string]func(pipeline.Stream[int]) pipeline.Stream[int]{
		"Filter": func(s pipeline.Stream[int]) pipeline.Stream[int] {
			return pipeline.Filter(s, "bad", func(context.Context, int) (bool, error) { return true, errBoom })
		},
		"FlatMap": func(s pipeline.Stream[int]) pipeline.Stream[int] {
			return pipeline.FlatMap(s, "bad", func(context.Context, int, func(int) error) error { return errBoom })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := build(pipeline.From(pipeline.New("p"), "source", count(6)))
				require.EqualError(t, pipeline.Each(s, "sink", ignore).Run(t.Context()), "bad: boom")
			})
		})
	}
}
