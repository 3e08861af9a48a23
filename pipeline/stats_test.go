package pipeline_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
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
		time.Sleep(time.Hour)
		require.Equal(t, 21*time.Second, p.Stats().Stages[1].Busy)
	})
}

// A wait counts as long as it lasts: for a slab, for a gate, for another's turn.
func TestWaitsEnd(t *testing.T) {
	slow := func(_ context.Context, seconds int) (int, error) {
		time.Sleep(time.Duration(seconds) * time.Second)
		return seconds, nil
	}
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		s := pipeline.From(p, "source", pipeline.FromSlice([]int{5, 1, 10, 2}), pipeline.Slab(1))
		s = pipeline.Map(s, "slow", slow)
		gate := pressure.NewGate(0)
		s = pipeline.Map(s, "gated", slow, pipeline.Gated(gate), pipeline.Slab(1))
		s = pipeline.Map(s, "in turn", slow, pipeline.Workers(2))
		pipeline.Each(s, "sink", ignore)
		time.AfterFunc(30*time.Second, func() { gate.SetWidth(1) })
		require.NoError(t, p.Run(t.Context()))
		time.Sleep(time.Hour)
		got := p.Stats()
		for i := 1; i <= 3; i++ {
			require.Equal(t, 18*time.Second, got.Stages[i].Busy, got.Stages[i].Name)
		}
		require.Equal(t, 56*time.Second, got.Links[3].RecvWait, "the third item passes the gate at 46, and takes 10")
	})
}

// A stage with workers is running as long as one of them is, blocked when one of
// the rest waits for what comes after, and starved otherwise. Its wait counts
// wherever they do: at a link, for one another, at a gate.
func TestStateOfAStageWithWorkers(t *testing.T) {
	for name, test := range map[string]struct {
		items int
		work  func(v int) // of the stage, for each item
		open  bool        // whether the sink receives
		opts  []pipeline.Option
		state pipeline.State
		busy  time.Duration // in the first minute, of three workers
	}{
		"no input": {0, func(int) {}, true, nil, pipeline.Starved, 0},
		"no way out, for the first and so for the others": {100, func(int) {}, false, nil, pipeline.Blocked, 0},
		"the first at work, the others behind it": {3, func(v int) {
			if v == 0 {
				time.Sleep(time.Hour)
			}
		}, true, nil, pipeline.Running, time.Minute},
		"one item for the sink, one in the link, one in a worker": {
			3, func(int) {}, false,
			[]pipeline.Option{pipeline.Unordered(), pipeline.Buffer(1)},
			pipeline.Blocked, 0,
		},
		"the gate is shut": {
			100, func(int) {}, true,
			[]pipeline.Option{pipeline.Gated(pressure.NewGate(0))},
			pipeline.Starved, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
				defer cancel()
				p := pipeline.New("p")
				s := pipeline.From(p, "source", func(ctx context.Context, emit func(int) error) error {
					if err := count(test.items)(ctx, emit); err != nil {
						return err
					}
					return stuck(ctx, emit)
				}, pipeline.Slab(1))
				s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
					test.work(v)
					return v, nil
				}, append(test.opts, pipeline.Workers(3))...)
				pipeline.Each(s, "sink", func(ctx context.Context, _ int) error {
					if !test.open {
						<-ctx.Done()
					}
					return nil
				})
				time.AfterFunc(time.Minute, func() {
					got := p.Stats().Stages[1]
					require.Equal(t, test.state, got.State, "%v", got.State)
					require.Equal(t, test.busy, got.Busy)
				})
				require.ErrorIs(t, p.Run(ctx), context.DeadlineExceeded)
			})
		})
	}
}

// What a stage was given and never saw does not count as its input, and nothing is
// left in a link.
func TestStatsCountWhatAStageSaw(t *testing.T) {
	for name, opts := range map[string][]pipeline.Option{"loop": nil, "workers": {pipeline.Workers(3)}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pipeline.New("p")
				var seen atomic.Int64
				err := pipeline.Each(pipeline.From(p, "source", warmUp(1, 200)), "sink", func(_ context.Context, v int) error {
					seen.Add(1)
					if v < 0 {
						return nil
					}
					if v == 5 {
						return pipeline.ErrStop
					}
					time.Sleep(time.Second)
					return nil
				}, opts...).Run(t.Context())
				require.NoError(t, err)
				got := p.Stats()
				require.Equal(t, seen.Load(), got.Stages[1].In)
				require.Zero(t, got.Links[0].Fill)
			})
		})
	}
}

func TestStatsAddUpTheLinksOfAStage(t *testing.T) {
	p := pipeline.New("p")
	outs := pipeline.Tee(pipeline.From(p, "source", count(100)), "tee", 2)
	pipeline.Each(pipeline.Merge("merge", outs), "sink", ignore)
	require.NoError(t, p.Run(t.Context()))
	stages := p.Stats().Stages
	require.Equal(t, []int64{100, 200}, []int64{stages[1].In, stages[1].Out})
	require.Equal(t, []int64{200, 200}, []int64{stages[2].In, stages[2].Out})
}

// As long as nobody waits for room, the fill is that of the items or, where that
// is more, that of the bytes.
func TestFillOfALinkWithRoom(t *testing.T) {
	for name, test := range map[string]struct {
		opts []pipeline.Option
		want float64
	}{
		"items":      {[]pipeline.Option{pipeline.Buffer(8)}, 0.25},
		"more items": {[]pipeline.Option{pipeline.Buffer(4), pipeline.Bytes(100)}, 0.5},
		"more bytes": {[]pipeline.Option{pipeline.Buffer(8), pipeline.Bytes(40)}, 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pipeline.New("p")
				s := pipeline.From(p, "source", pipeline.FromSlice([]heavy{1, 10, 10}), test.opts...)
				pipeline.Into(s, "sink", func(_ context.Context, in iter.Seq2[heavy, error]) error {
					for _, err := range in { // the first is out of the link
						time.Sleep(time.Second)
						require.InDelta(t, test.want, p.Fill(), 1e-9)
						require.InDelta(t, test.want, s.Fill(), 1e-9)
						require.Equal(t, 2, p.Stats().Links[0].Fill)
						return err
					}
					return nil
				})
				require.NoError(t, p.Run(t.Context()))
			})
		})
	}
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
