package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// The virtual clock makes every wait exact: a source that takes no time, a map
// that takes a second an item, a sink that takes none.
func TestStatsTellTheBottleneck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		s := pipeline.From(p, "source", count(100), pipeline.Buffer(2))
		s = pipeline.Map(s, "slow", func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Second)
			return v, nil
		}, pipeline.Buffer(2))
		pipeline.Each(s, "sink", ignore)
		require.Equal(t, pipeline.Waiting, p.Stats().Stages[0].State)

		done := make(chan error, 1)
		go func() { done <- p.Run(t.Context()) }()
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		got := p.Stats()
		require.Equal(t, "p", got.Pipeline)
		require.Equal(t, []pipeline.StageStats{
			{Name: "source", State: pipeline.Blocked, Workers: 1, Out: 13, Busy: 0},
			{Name: "slow", State: pipeline.Running, Workers: 1, In: 11, Out: 10, Busy: 10*time.Second + time.Millisecond},
			{Name: "sink", State: pipeline.Starved, Workers: 1, In: 10, Busy: 0},
		}, got.Stages)
		require.Equal(t, []pipeline.LinkStats{
			{From: "source", To: "slow", Fill: 2, Cap: 2, Items: 13, SendWait: 10*time.Second + time.Millisecond},
			{From: "slow", To: "sink", Fill: 0, Cap: 2, Items: 10, RecvWait: 10*time.Second + time.Millisecond},
		}, got.Links)
		require.InDelta(t, 1.0, p.Fill(), 0)

		require.NoError(t, <-done)
		require.Zero(t, p.Fill())
		time.Sleep(time.Hour) // nothing goes on counting
		got = p.Stats()
		require.Equal(t, []pipeline.StageStats{
			{Name: "source", State: pipeline.Done, Workers: 1, Out: 100},
			{Name: "slow", State: pipeline.Done, Workers: 1, In: 100, Out: 100, Busy: 100 * time.Second},
			{Name: "sink", State: pipeline.Done, Workers: 1, In: 100},
		}, got.Stages)
		require.Equal(t, []pipeline.LinkStats{
			{From: "source", To: "slow", Cap: 2, Items: 100, SendWait: 97 * time.Second},
			{From: "slow", To: "sink", Cap: 2, Items: 100, RecvWait: 100 * time.Second},
		}, got.Links)
	})
}

func TestStatsOfParallelStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		s := pipeline.From(p, "source", count(6), pipeline.Slab(1))
		s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Duration(1+v) * time.Second)
			return v, nil
		}, pipeline.Workers(3))
		pipeline.Each(s, "sink", ignore)
		done := make(chan error, 1)
		go func() { done <- p.Run(t.Context()) }()
		time.Sleep(500 * time.Millisecond)
		require.Equal(t, 1500*time.Millisecond, p.Stats().Stages[1].Busy, "three at once")
		time.Sleep(8 * time.Second) // two of them have ended; the last item takes until 9 s
		require.Equal(t, pipeline.Running, p.Stats().Stages[1].State)
		require.Equal(t, 20500*time.Millisecond, p.Stats().Stages[1].Busy)
		require.NoError(t, <-done)
		require.Equal(t, 21*time.Second, p.Stats().Stages[1].Busy)
	})
}

// Stats can be read by anybody at any time; the race detector is the judge.
func TestStatsWhileRunning(t *testing.T) {
	p := pipeline.New("p")
	s := pipeline.Map(pipeline.From(p, "source", count(20_000)), "map", same, pipeline.Workers(2))
	for i, out := range pipeline.Tee(s, "tee", 2) {
		pipeline.Each(out, []string{"a", "b"}[i], ignore)
	}
	done := make(chan error, 1)
	go func() { done <- p.Run(t.Context()) }()
	for {
		for _, link := range p.Stats().Links {
			require.GreaterOrEqual(t, link.Cap, link.Fill)
			require.GreaterOrEqual(t, link.Fill, 0)
		}
		require.LessOrEqual(t, p.Fill(), 1.0)
		select {
		case err := <-done:
			require.NoError(t, err)
			return
		default:
		}
	}
}

func TestFillAllocatesNothing(t *testing.T) {
	p := pipeline.New("p")
	pipeline.Each(pipeline.Map(pipeline.From(p, "source", count(1)), "map", same), "sink", ignore)
	require.Zero(t, testing.AllocsPerRun(100, func() { p.Fill() }))
}

func TestStateNames(t *testing.T) {
	var names []string
	for s := pipeline.Waiting; s <= pipeline.Done+1; s++ {
		names = append(names, s.String())
	}
	require.Equal(t, []string{"waiting", "running", "blocked", "starved", "done", "unknown"}, names)
}
