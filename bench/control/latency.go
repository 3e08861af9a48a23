package main

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// latency measures how long a chunk takes from its reading to the sink, at every
// level that does not pause, whichever of memory and a full link it comes from.
func latency(ctx context.Context, s size) ([]proof.Row, error) {
	var rows []proof.Row
	for _, at := range []struct {
		what  string
		usage float64 // of memory
		sink  int64   // bytes a second; 0 takes everything at once
	}{
		{"nothing wrong", 0.30, 0},
		{"memory warning", 0.65, 0},
		{"memory critical", 0.78, 0},
		{"memory emergency", 0.90, 0},
		{"a sink of 50 MB/s", 0.30, 50e6},
		{"a sink of 20 MB/s", 0.30, 20e6},
		{"a sink of 9 MB/s", 0.30, 9e6},
		{"a sink of 4 MB/s", 0.30, 4e6},
		{"a sink of 4 MB/s, memory short of warning", 0.55, 4e6},
	} {
		control, err := newControl(stages.ControlOptions{Pressure: pressure.Options{Measure: reading(at.usage)}})
		if err != nil {
			return nil, err
		}
		var seen highest
		control.Monitor().OnChange(seen.see)
		var sink func(int)
		if at.sink > 0 {
			sink = newDevice(at.sink).take
		}
		if err := runFor(ctx, time.Duration(s.seconds)*time.Second, control, sink); err != nil {
			return nil, err
		}
		p99 := control.Stats().P99
		rows = append(rows, proof.Row{
			What: "10 streams, " + at.what + ": p99 of a chunk, read to sink", Wanted: "< 200 ms",
			Measured: fmt.Sprintf("%v (level %v)", p99, &seen), Met: p99 < 200*time.Millisecond,
		})
	}
	return rows, nil
}

// reading is a measurement of memory that always says this.
func reading(usage float64) func() (pressure.Memory, error) {
	return func() (pressure.Memory, error) {
		var m pressure.Memory
		m[pressure.SourceSystem] = pressure.Reading{Source: pressure.SourceSystem, Used: int64(usage * 1e9), Limit: 1e9}
		return m, nil
	}
}

// runFor takes ten endless streams through the stages for a while.
func runFor(ctx context.Context, d time.Duration, control *stages.Control, sink func(int)) error {
	paths, remove, err := sparse(1 << 40)
	if err != nil {
		return err
	}
	defer remove()
	timed, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, err = work{
		control: control, streams: manyStreams, paths: paths,
		algorithms: []digest.Algorithm{digest.XXH3}, sink: sink,
	}.run(timed)
	if timed.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}
