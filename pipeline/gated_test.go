package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
)

// gatedMap sends n items through eight workers behind a gate, each of which
// takes a second for one, and returns what a sink receives.
func gatedMap(n int, g pipeline.Gate, at *gauge, opts ...pipeline.Option) (*pipeline.Pipeline, *[]int) {
	s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(int) error) error {
		defer time.Sleep(700 * time.Millisecond) // so that workers wait for more
		return count(n)(ctx, emit)
	})
	s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
		at.call(time.Second)
		return v, nil
	}, append(opts, pipeline.Workers(8), pipeline.Gated(g))...)
	var got []int
	return pipeline.Into(s, "sink", pipeline.ToSlice(&got)), &got
}

func TestGatedWorkersAreAtWorkAsTheGateAllows(t *testing.T) {
	for name, opts := range map[string][]pipeline.Option{"in order": nil, "unordered": {pipeline.Unordered()}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate, at := pressure.NewGate(2), new(gauge)
				p, got := gatedMap(200, gate, at, opts...)
				done := make(chan error)
				go func() { done <- p.Run(t.Context()) }()

				working := func(want int64) {
					t.Helper()
					time.Sleep(1500 * time.Millisecond) // what was at work before has ended
					at.most.Store(0)
					time.Sleep(3 * time.Second)
					require.Equal(t, want, at.most.Load())
				}
				working(2)
				gate.SetWidth(5)
				working(5)
				gate.SetWidth(1)
				working(1)
				gate.SetWidth(0)
				working(0)
				gate.SetWidth(100)
				working(8)
				require.NoError(t, <-done)
				require.Len(t, *got, 200)
				if opts == nil {
					require.IsIncreasing(t, *got)
				}
				require.Zero(t, gate.Held())
			})
		})
	}
}

// When all is done nobody waits at the gate, even where it has been shut.
func TestGatedStageEndsThoughTheGateIsShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, at := pressure.NewGate(3), new(gauge)
		p, got := gatedMap(3, gate, at)
		time.AfterFunc(500*time.Millisecond, func() { gate.SetWidth(0) })
		start := time.Now()
		require.NoError(t, p.Run(t.Context()))
		require.Equal(t, time.Second, time.Since(start))
		require.Len(t, *got, 3)
		require.Zero(t, gate.Held())
	})
}

func TestGatedStageStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		gate := pressure.NewGate(0)
		p, _ := gatedMap(3, gate, new(gauge))
		time.AfterFunc(time.Second, func() { cancel(reason) })
		require.ErrorIs(t, p.Run(ctx), reason)
		require.Zero(t, gate.Held())
	})
}

// The place of a worker that fails or panics is free again.
func TestGatedWorkerGivesItsPlaceBack(t *testing.T) {
	boom := errors.New("boom")
	for name, f := range map[string]func(context.Context, int) error{
		"fails":  func(context.Context, int) error { return boom },
		"panics": func(context.Context, int) error { panic(boom) },
	} {
		t.Run(name, func(t *testing.T) {
			gate := pressure.NewGate(1)
			s := pipeline.From(pipeline.New("p"), "source", count(3))
			err := pipeline.Each(s, "each", f, pipeline.Gated(gate)).Run(t.Context())
			require.ErrorIs(t, err, boom)
			require.Zero(t, gate.Held())
		})
	}
}

func TestGatedByNothingIsAFault(t *testing.T) {
	s := pipeline.From(pipeline.New("p"), "source", count(3))
	err := pipeline.Each(s, "each", ignore, pipeline.Gated(nil)).Run(t.Context())
	require.ErrorContains(t, err, `stage "each": Gated: the gate is nil`)
}
