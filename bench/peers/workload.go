package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// workload is one thing to be done in every way.
type workload struct {
	name string
	n    int    // items of a full run
	unit string // of the figure
	also string // what the second figure is, where there is one
	// wanted are the most that the engine's figure may be of a peer's.
	wanted map[string]float64
	// prepare makes what measures one run with n items.
	prepare func(n int) measure
}

// measure runs the workload in one way. It returns errLacks when the peer has
// nothing for it, and another error when the peer computed something else.
type measure func(ctx context.Context, p peer) (figure, error)

var errLacks = errors.New("it has nothing for this")

// figure is what came of a run.
type figure struct {
	ns   float64
	cpu  float64 // ns of the process, which other processes do not add to; 0 where it says nothing
	also float64
}

// Units.
const (
	perItem = "ns/item"
	toEnd   = "ns to the end"
	left    = "goroutines left"
)

// Targets, for one core.
var (
	notSlower    = map[string]float64{"rill": 1} // in no workload
	chainTargets = map[string]float64{"rill": 0.25, "go-streams": 0.15}
	mapTargets   = map[string]float64{"rill": 0.25}
)

func workloads() []workload {
	return slices.Concat(chains(), maps(), chunked(), []workload{
		{
			name: "an item a millisecond", n: 60, unit: "ns p50", also: "ns p99",
			wanted: notSlower, prepare: latency,
		},
		{name: "one item at a time", n: 20_000, unit: perItem, wanted: notSlower, prepare: oneByOne},
		{name: "fan-out, each item to 2", n: 100_000, unit: perItem, wanted: notSlower, prepare: tee},
		{name: "fan-out, each item to 1 of 2", n: 100_000, unit: perItem, wanted: notSlower, prepare: partition},
		{name: "fan-in of 2", n: 100_000, unit: perItem, wanted: notSlower, prepare: merge},
		{name: "cancelled", n: 1_000, unit: toEnd, also: left, wanted: notSlower, prepare: cancelled},
		{name: "sink fails", n: 1_000, unit: toEnd, also: left, wanted: notSlower, prepare: sinkFails},
	})
}

// chains are a source, three steps and a sink.
func chains() []workload {
	var all []workload
	for _, w := range works {
		all = append(all, workload{
			name: "chain, " + w.name, n: w.chain, unit: perItem, wanted: notSlower,
			prepare: func(n int) measure {
				return throughput(func(p peer) line[int] { return p.ints }, n, inOrder, w.step, w.step, w.step)
			},
		})
	}
	all[0].wanted = chainTargets
	return all
}

// maps are a source, one step with workers and a sink.
func maps() []workload {
	var ordered, unordered []workload
	for _, w := range works {
		ordered = append(ordered, workload{
			name: "ordered map, " + w.name, n: w.workers, unit: perItem, wanted: notSlower,
			prepare: func(n int) measure {
				return throughput(func(p peer) line[int] { return p.ordered }, n, inOrder, w.step)
			},
		})
		unordered = append(unordered, workload{
			name: "unordered map, " + w.name, n: w.workers, unit: perItem, wanted: notSlower,
			prepare: func(n int) measure {
				return throughput(func(p peer) line[int] { return p.unordered }, n, inAnyOrder, w.step)
			},
		})
	}
	ordered[0].wanted = mapTargets
	return slices.Concat(ordered, unordered)
}

// chunked are files on their way: copied from memory, passed on twice, summed
// with CRC-32C.
func chunked() []workload {
	var all []workload
	for _, kib := range []int{4, 64, 1024} {
		all = append(all, workload{
			name: fmt.Sprintf("chunks of %d KiB", kib), n: 200 << 10 / kib, unit: perItem, wanted: notSlower,
			prepare: func(n int) measure { return chunkThroughput(n, kib<<10) },
		})
	}
	return all
}

// quick is a hundredth of the items, and one for each worker at least.
func (w workload) quick() int { return max(w.n/100, workers) }
