package bench_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/pipeline"
)

// The stage that takes the most time is found wherever it stands.
func TestBottleneckIsTheSlowStage(t *testing.T) {
	for _, slow := range []string{"source", "first", "second", "sink"} {
		t.Run(slow, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				work := func(stage string) {
					if stage == slow {
						time.Sleep(2 * time.Millisecond)
					}
					time.Sleep(time.Millisecond)
				}
				report, err := bench.Sweep{Rounds: 1, Variants: []bench.Variant{{
					Name: "chain",
					Run: func(ctx context.Context, p *bench.Probe) error {
						line := chain(work)
						p.Watch(line)
						return line.Run(ctx)
					},
				}}}.Run(t.Context())
				require.NoError(t, err)
				require.Equal(t, slow, report.Results[0].Bottleneck())
				require.Equal(t, slow, report.Results[0].Runs[0].Bottleneck)
			})
		})
	}
}

// chain has four stages with links of one.
func chain(work func(stage string)) *pipeline.Pipeline {
	link := []pipeline.Option{pipeline.Buffer(1), pipeline.Slab(1)}
	s := pipeline.From(pipeline.New("chain"), "source", func(_ context.Context, emit func(int) error) error {
		for i := range 100 {
			work("source")
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}, link...)
	for _, name := range []string{"first", "second"} {
		s = pipeline.Map(s, name, func(_ context.Context, v int) (int, error) { work(name); return v, nil }, link...)
	}
	return pipeline.Each(s, "sink", func(context.Context, int) error { work("sink"); return nil })
}

func TestBottleneckOfNothing(t *testing.T) {
	require.Empty(t, bench.Bottleneck(nil))
	require.Empty(t, bench.Bottleneck([]bench.Wait{{By: "read", For: "size"}}))
}

// What is no stage counts as well: here read waits for memory all of the time, and
// those behind it for read.
func TestBottleneckThatIsNoStage(t *testing.T) {
	require.Equal(t, "memory", bench.Bottleneck([]bench.Wait{
		{By: "sink", For: "read", Time: 9 * time.Second},
		{By: "read", For: "memory", Time: 8 * time.Second},
	}))
}
