package pipeline_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// Each fault is reported by name, and nothing is started.
func TestWiringFaults(t *testing.T) {
	for want, build := range map[string]func(p *pipeline.Pipeline, s pipeline.Stream[int]){
		`stage "map": its function is nil`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Each(pipeline.Map[int, int](s, "map", nil), "sink", ignore)
		},
		`stage "sink": its function is nil`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Into(s, "sink", nil)
		},
		`stage "source": another stage has that name`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Each(s, "source", ignore)
		},
		`a stage made by Each has no name`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Each(s, "", ignore)
		},
		`stage "source": nothing consumes its stream`: func(*pipeline.Pipeline, pipeline.Stream[int]) {},
		`stage "tee": nothing consumes its stream 2 of 3`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			outs := pipeline.Tee(s, "tee", 3)
			pipeline.Each(outs[0], "0", ignore)
			pipeline.Each(outs[2], "2", ignore)
		},
		`stage "merge": the stream of stage "far" is of another pipeline, "q"`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			far := pipeline.From(pipeline.New("q"), "far", count(1))
			pipeline.Each(pipeline.Merge("merge", []pipeline.Stream[int]{s, far}), "sink", ignore)
		},
		`stage "merge": it reads the zero Stream`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Each(pipeline.Merge("merge", []pipeline.Stream[int]{s, {}}), "sink", ignore)
		},
		`stage "tee": 0 outputs: it has at least 1`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Tee(s, "tee", 0)
		},
		`stage "part": -1 outputs: it has at least 1`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Partition(s, "part", -1, func(v int) int { return v })
		},
		`stage "batch": a batch of 0 items: it has at least 1`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Batch(s, "batch", 0, 0)
		},
		`stage "batch": a batch every -1s: it must not be negative`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Batch(s, "batch", 1, -time.Second)
		},
		`stage "map": Buffer(0): a link holds at least 1 item`: options(pipeline.Buffer(0)),
		`stage "map": Slab(-1): a slab holds at least 1 item`:  options(pipeline.Slab(-1)),
		`stage "map": Bytes(0): the limit is at least 1 byte`:  options(pipeline.Bytes(0)),
		`stage "map": Workers(0): a stage has at least 1 worker`: options(
			pipeline.Workers(0)),
		`stage "map": Drop: the function is nil`: options(pipeline.Drop[int](nil)),
		`stage "map": Drop takes another type than its output, int`: options(
			pipeline.Drop(func(string) {})),
		`stage "map": Bytes needs items with a method Size() int, and int has none`: options(pipeline.Bytes(1)),
		`stage "weigh": Slab(2) and Bytes do not go together: a slab is not weighed`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Map(s, "weigh", func(context.Context, int) (heavy, error) { return 0, nil }, pipeline.Slab(2), pipeline.Bytes(9))
		},
		`stage "via": Workers does not apply to it`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Via(s, "via", func(ctx context.Context, in iter.Seq2[int, error], emit func(int) error) error { return nil }, pipeline.Workers(2))
		},
		`stage "each": Buffer does not apply to it`: func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
			pipeline.Each(s, "each", ignore, pipeline.Buffer(2))
		},
	} {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pipeline.New("p")
				s := pipeline.From(p, "source", func(context.Context, func(int) error) error {
					t.Error("the source was started")
					return nil
				})
				build(p, s)
				err := p.Run(t.Context())
				require.ErrorContains(t, err, `pipeline "p": `)
				require.Contains(t, strings.Split(strings.TrimPrefix(err.Error(), `pipeline "p": `), "\n"), want)
			})
		})
	}
}

func options(opts ...pipeline.Option) func(*pipeline.Pipeline, pipeline.Stream[int]) {
	return func(_ *pipeline.Pipeline, s pipeline.Stream[int]) {
		pipeline.Each(pipeline.Map(s, "map", same, opts...), "sink", ignore)
	}
}

func TestFaultsAreReportedTogether(t *testing.T) {
	p := pipeline.Options{Grace: -1}.New("p")
	s := pipeline.From(p, "s", count(1), pipeline.Buffer(0), pipeline.Slab(0), pipeline.Workers(2))
	s = pipeline.Map[int, int](s, "s", nil)
	err := p.Run(t.Context())
	require.EqualError(t, err, `pipeline "p": Options.Grace is -1ns: it must not be negative
stage "s": Buffer(0): a link holds at least 1 item
stage "s": Slab(0): a slab holds at least 1 item
stage "s": Workers does not apply to it
stage "s": its function is nil
stage "s": another stage has that name
stage "s": nothing consumes its stream`)
	for _, again := range pipeline.All(t.Context(), s) {
		require.ErrorContains(t, again, "its function is nil")
	}
}

// Faults that leave no pipeline to report them: a pipeline of their own does.
func TestFaultsWithoutAPipeline(t *testing.T) {
	for name, p := range map[string]*pipeline.Pipeline{
		"zero Stream":       pipeline.Each(pipeline.Stream[int]{}, "sink", ignore),
		"nothing to merge":  pipeline.Each(pipeline.Merge[int]("merge", nil), "sink", ignore),
		"a nil pipeline":    pipeline.Each(pipeline.From(nil, "source", count(1)), "sink", ignore),
		"an empty pipeline": pipeline.New("p"),
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, p.Run(t.Context()))
		})
	}
}

func TestZeroPipelineCanBeBuiltOn(t *testing.T) {
	var p pipeline.Pipeline
	s := pipeline.From(&p, "source", count(10), pipeline.Drop(func(int) {}))
	require.NoError(t, pipeline.Each(s, "sink", func(context.Context, int) error { return pipeline.ErrStop }).Run(t.Context()))
}

func TestRunTwice(t *testing.T) {
	p := pipeline.Each(pipeline.From(pipeline.New("p"), "source", count(1)), "sink", ignore)
	require.NoError(t, p.Run(t.Context()))
	require.EqualError(t, p.Run(t.Context()), `pipeline "p": it has been run before; build a new one`)
}

func TestSecondConsumerPanics(t *testing.T) {
	s := pipeline.From(pipeline.New("p"), "source", count(1))
	pipeline.Each(s, "first", ignore)
	for name, consume := range map[string]func(){
		"Map":   func() { pipeline.Map(s, "second", same) },
		"Merge": func() { pipeline.Merge("second", []pipeline.Stream[int]{s}) },
		"Tee":   func() { pipeline.Tee(s, "second", 2) },
	} {
		t.Run(name, func(t *testing.T) {
			require.PanicsWithValue(t,
				`pipeline: the stream of stage "source" is consumed by "first" already, and now by "second"; use Tee`, consume)
		})
	}
	require.Panics(t, func() { pipeline.All(t.Context(), s) })
}
