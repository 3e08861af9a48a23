package main

import (
	"context"
	"iter"
	"slices"
	"time"
)

// line is a source, stages in a row with a goroutine each where the peer has
// any, and a sink. It returns the first error of the sink, which ends it, and
// an error when ctx does. The source has no end of its own when it is endless:
// whoever runs it stops it.
type line[T any] func(ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error

// fork is a source whose items go to several sinks. Each sink is called by one
// goroutine at a time.
type fork func(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error

// join is several sources whose items go to one sink.
type join func(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error

// peer is one way to write the workloads. What it lacks is nil.
type peer struct {
	by     string
	module string // whose version stands in the table
	note   string // what a reader has to know to compare

	ints   line[int]
	times  line[time.Time]
	chunks line[*chunk]

	ordered, unordered line[int] // one step with workers

	tee, partition fork // every item to all sinks, and to one of them
	merge          join
}

// workers is how many calls of its step an ordered or unordered map runs at
// once.
const workers = 4

// buffer is how many items a channel holds wherever a peer lets one say so. It
// is what the engine's links hold by themselves: less for chunks, which are
// large.
func buffer[T any]() int {
	var item T
	if _, sized := any(item).(interface{ Size() int }); sized {
		return 4
	}
	return 64
}

// peers are all ways, the engine first.
func peers() []peer {
	ours := peer{
		by: engine, ints: engineLine[int], times: engineLine[time.Time], chunks: engineLine[*chunk],
		ordered: engineOrdered, unordered: engineUnordered,
		tee: engineTee, partition: enginePartition, merge: engineMerge,
	}
	return slices.Concat([]peer{ours}, byHand(), frameworks())
}

// byHand is what one writes without a framework.
func byHand() []peer {
	return []peer{
		{
			by: "hand-select", note: "channels and an errgroup, every send a select with the context",
			ints:    handLine(selectSend[int]),
			times:   handLine(selectSend[time.Time]),
			chunks:  handLine(selectSend[*chunk]),
			ordered: handFutures(selectSend[future]), unordered: handUnordered(selectSend[int]),
			tee: handFork(selectSend[int], toAll), partition: handFork(selectSend[int], toOne),
			merge: handMerge(selectSend[int]),
		},
		{
			by: "hand-trysend", note: "the same, with a try before the select",
			ints:    handLine(trySend[int]),
			times:   handLine(trySend[time.Time]),
			chunks:  handLine(trySend[*chunk]),
			ordered: handFutures(trySend[future]), unordered: handUnordered(trySend[int]),
			tee: handFork(trySend[int], toAll), partition: handFork(trySend[int], toOne),
			merge: handMerge(trySend[int]),
		},
		{
			by: "iter.Seq", note: "calls, nothing runs beside anything else",
			ints: seqLine[int], times: seqLine[time.Time], chunks: seqLine[*chunk],
		},
	}
}

func frameworks() []peer {
	return []peer{
		{
			by: "rill", module: "github.com/destel/rill",
			ints: rillLine[int], times: rillLine[time.Time], chunks: rillLine[*chunk],
			ordered: rillOrdered, unordered: rillUnordered,
			tee: rillTee, partition: rillPartition, merge: rillMerge,
		},
		{
			by: "rill-batch", module: "github.com/destel/rill", note: "batches of 64, or what came in 1 ms",
			ints: rillBatch[int], times: rillBatch[time.Time],
		},
		{
			by: "go-streams", module: "github.com/reugn/go-streams",
			ints: goStreamsLine[int], times: goStreamsLine[time.Time], chunks: goStreamsLine[*chunk],
			unordered: goStreamsUnordered,
			tee:       goStreamsTee, partition: goStreamsPartition, merge: goStreamsMerge,
		},
		{
			by: "conc-stream", module: "github.com/sourcegraph/conc", note: "all steps of a chain in one task, as many tasks at once as there are steps",
			ints: concLine[int], times: concLine[time.Time], chunks: concLine[*chunk],
			ordered: concOrdered,
		},
		{
			by: "ro", module: "github.com/samber/ro", note: "calls, nothing runs beside anything else",
			ints: roLine[int], times: roLine[time.Time], chunks: roLine[*chunk],
			tee: roTee, partition: roPartition, merge: roMerge,
		},
		{
			by: "ro-observeon", module: "github.com/samber/ro", note: "the same, with a buffered channel and a goroutine after each step",
			ints: roObserved[int], times: roObserved[time.Time], chunks: roObserved[*chunk],
		},
		{
			by: "deliveryhero", module: "github.com/deliveryhero/pipeline/v2",
			ints: deliveryheroLine[int], times: deliveryheroLine[time.Time], chunks: deliveryheroLine[*chunk],
			unordered: deliveryheroUnordered, merge: deliveryheroMerge,
		},
	}
}

// engine is the implementation that the others are compared with.
const engine = "engine"
