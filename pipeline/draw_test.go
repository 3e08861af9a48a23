package pipeline_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestString(t *testing.T) {
	chain := pipeline.New("chain")
	s := pipeline.Map(pipeline.From(chain, "read", count(1), pipeline.Buffer(4)), "hash", same, pipeline.Workers(4))
	require.Equal(t, "chain: read ─4─▶ hash ×4 ─64─▶ ?", chain.String())
	pipeline.Each(s, "sink", ignore)
	require.Equal(t, "chain: read ─4─▶ hash ×4 ─64─▶ sink", chain.String())

	graph := pipeline.New("graph")
	outs := pipeline.Tee(pipeline.From(graph, "read", count(1)), "tee", 3, pipeline.Buffer(2))
	joined := pipeline.Merge("join", []pipeline.Stream[int]{pipeline.Map(outs[0], "a", same), outs[1]})
	pipeline.Each(joined, "one", ignore)
	pipeline.Each(outs[2], "two", ignore)
	require.Equal(t, `graph:
  read ─64─▶ tee
  tee ─2─▶ a ─64─▶ join
  tee ─2─▶ join
  tee ─2─▶ two
  join ─64─▶ one`, graph.String())

	require.Equal(t, "empty: no stages", pipeline.New("empty").String())
}

func TestDot(t *testing.T) {
	p := pipeline.New("a \"name\"")
	s := pipeline.From(p, "read", pipeline.FromSlice([]heavy{1}), pipeline.Bytes(4096))
	require.NotContains(t, p.Dot(), "->", "nothing consumes the stream yet")
	pipeline.Each(s, "sink", func(_ context.Context, _ heavy) error { return nil }, pipeline.Workers(2))
	require.Equal(t, `digraph "a \"name\"" {
	rankdir=LR
	node [shape=box]
	"read" [label="read"]
	"sink" [label="sink ×2"]
	"read" -> "sink" [label="64, 4096 B"]
}
`, p.Dot())
}
